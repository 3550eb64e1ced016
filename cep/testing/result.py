"""What running tests gives: values that reporters render and other tools read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as OneOf

from cep.language.diagnostics import Span

Outcome = OneOf["passed", "failed", "broken"]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference. `mark`: `-` was expected and is missing, `+` came and was not expected, ` ` agrees."""

    mark: OneOf["-", "+", " "]
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met: where it stands, one sentence, the difference, what to do."""

    span: Span
    message: str
    diff: tuple[DiffLine, ...] = ()
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class TestResult:
    """The outcome of one test. `broken`: it could not be run. `notes`: what happened besides, one sentence each.

    `rule` is the qualified name, `seconds` the wall-clock time it took.
    """

    __test__ = False

    name: str
    rule: str
    file: str
    span: Span
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    is_broken: bool = False
    seconds: float = field(default=0.0, compare=False)

    @property
    def outcome(self) -> Outcome:
        """Whether it passed."""
        if self.is_broken:
            return "broken"
        return "failed" if self.failures else "passed"


@dataclass(frozen=True, slots=True)
class TestRun:
    """All results in the order run. `sources`: the text of each file by name, to show failing lines."""

    __test__ = False

    results: tuple[TestResult, ...]
    sources: dict[str, str] = field(default_factory=dict, compare=False)
    seconds: float = field(default=0.0, compare=False)

    def count(self, outcome: Outcome) -> int:
        """How many tests ended so."""
        return sum(result.outcome == outcome for result in self.results)

    @property
    def has_passed(self) -> bool:
        """Whether every test passed."""
        return all(result.outcome == "passed" for result in self.results)
