"""A rule and a log from a seed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal as OneOf

from cep.language.diagnostics import CheckFailed, Severity
from cep.language.load import load_text
from cep.language.model import RuleSet
from tests.generated import logs, rules
from tests.generated.chance import Chance, Seeded
from tests.generated.declared import Declarations
from tests.generated.draft import Rule
from tests.generated.expected import Expected, expected
from tests.generated.fitting import Fitting
from tests.generated.logs import Log, Place
from tests.oracle import TooManyThreads

LOGS = 5
"""Logs, and so pairs, for each drawn rule: drawing, checking and planning one costs as much as several runs of it."""

ATTEMPTS = 60
"""How often a rule is drawn until the checker takes it."""

PROBES = 4
"""Most rules that match none of their first logs are drawn anew."""

Kind = rules.Kind | OneOf["mixed"]
"""Which rules: of one kind, or those of `MIXTURE` in turn."""

MIXTURE: tuple[rules.Kind, ...] = ("sequences", "full", "full", "deep", "deep")


@dataclass(frozen=True, slots=True)
class Pair:
    """A rule file and a log."""

    declarations: Declarations
    rule: Rule
    log: Log

    @property
    def text(self) -> str:
        """The rule file."""
        return self.declarations.text() + "\n" + self.rule.text()


@dataclass(frozen=True, slots=True)
class DrawnRule:
    """A rule that the checker takes, with an empty log over the partitions of all its logs.

    `refused`: codes of the diagnostics that made it be drawn anew. `drawn`: what was drawn of its logs so far, by
    their numbers.
    """

    pair: Pair
    ruleset: RuleSet
    fits: Fitting
    refused: tuple[str, ...]
    drawn: dict[int, tuple[Pair, Expected]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a seed stands for, and what the oracle says of it. `refused`: as of the rule, for its first seed."""

    pair: Pair
    ruleset: RuleSet
    expected: Expected
    refused: tuple[str, ...]


def draw(seed: int, kind: Kind = "mixed") -> Drawn:
    """The pair of a seed, which names a rule (`seed // LOGS`) and one of its logs (`seed % LOGS`)."""
    number, log = divmod(seed, LOGS)
    rule = draw_rule(number, MIXTURE[number % len(MIXTURE)] if kind == "mixed" else kind)
    pair, said = _log_of(number, log, rule)
    return Drawn(pair, rule.ruleset, said, () if log else rule.refused)


@lru_cache(maxsize=8)
def draw_rule(number: int, kind: rules.Kind) -> DrawnRule:
    """The rule of a number. One that the checker refuses is drawn anew, and so are many that never match."""
    chance = Seeded(number)
    refused: list[str] = []
    for _ in range(ATTEMPTS):
        drawn = try_rule(chance, kind, refused)
        if drawn is not None and (chance.yes(0.2) or _matches(number, drawn)):
            return drawn
    raise RuntimeError(f"rule {number}: none that the checker takes, because of {sorted(set(refused))}")


def try_rule(chance: Chance, kind: rules.Kind, refused: list[str]) -> DrawnRule | None:
    """A rule, None where the checker refuses it; the codes go to `refused`."""
    spread: tuple[Place, ...] = logs.places(chance)
    pair = Pair(rules.declarations(chance), rules.rule(chance, kind), Log((), None, spread))
    ruleset = check(pair, refused)
    return None if ruleset is None else DrawnRule(pair, ruleset, Fitting(ruleset), tuple(refused))


def check(pair: Pair, refused: list[str] | None = None) -> RuleSet | None:
    """The checked rule, None if it is refused; the codes go to `refused`."""
    try:
        return checked(pair.text)
    except CheckFailed as failed:
        if refused is not None:
            refused += [d.code for d in failed.diagnostics if d.severity is Severity.ERROR]
        return None


@lru_cache(maxsize=8)
def checked(text: str) -> RuleSet:
    """The rules of a text, kept while pairs of the same rule follow one another. Raises `CheckFailed`."""
    return load_text(text, "drawn.pattern")


def draw_log(chance: Chance, rule: DrawnRule) -> tuple[Pair, Expected]:
    """The rule with a log, and what the oracle says of it."""
    log = logs.draw(chance, rule.pair.rule, rule.pair.log.places, rule.fits)
    return _bounded(replace(rule.pair, log=log), rule.ruleset)


def _matches(number: int, rule: DrawnRule) -> bool:
    return any(_log_of(number, log, rule)[1].report.matches for log in range(PROBES))


def _log_of(number: int, log: int, rule: DrawnRule) -> tuple[Pair, Expected]:
    if log not in rule.drawn:
        rule.drawn[log] = draw_log(Seeded(f"{number} log {log}"), rule)
    return rule.drawn[log]


def _bounded(pair: Pair, ruleset: RuleSet) -> tuple[Pair, Expected]:
    """A pair, with as much of its log as a rule that branches without measure can bear."""
    while True:
        try:
            return pair, expected(pair, ruleset)
        except TooManyThreads:
            pair = replace(pair, log=replace(pair.log, events=pair.log.events[:-3]))
