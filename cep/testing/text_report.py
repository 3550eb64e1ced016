"""Results for people: what failed, with the line, the difference and what to do, then one line of counts."""

from __future__ import annotations

from collections.abc import Iterator

from cep.testing.result import DiffLine, Failure, Outcome, TestResult, TestRun

_COLOURS = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "grey": "90"}
_MARKS = {"-": "red", "+": "green", " ": "grey"}
_OUTCOMES: tuple[tuple[Outcome, str], ...] = (("failed", "red"), ("broken", "red"), ("passed", "green"))
_WORDS = {"passed": "passed", "failed": "failed", "broken": "could not run"}


class TextReport:
    """Renders a run as text; `colour` with ANSI colours, `verbose` with a line for every test that passed."""

    def __init__(self, colour: bool = False, verbose: bool = False) -> None:
        self._colour = colour
        self._verbose = verbose

    def render(self, run: TestRun) -> str:
        """The whole report, ending with a line end."""
        blocks = ["\n".join(self._result(result, run)) for result in run.results if self._is_shown(result)]
        separator = "\n" if self._verbose and run.has_passed else "\n\n"
        return separator.join([*blocks, self.summary(run)]) + "\n"

    def summary(self, run: TestRun) -> str:
        """`2 failed, 108 passed in 0.15 s`."""
        parts = [
            self._painted(f"{count} {_WORDS[outcome]}", colour)
            for outcome, colour in _OUTCOMES
            if (count := run.count(outcome)) or (outcome == "passed" and not run.results)
        ]
        return f"{', '.join(parts)} in {run.seconds:.2f} s"

    def _is_shown(self, result: TestResult) -> bool:
        return self._verbose or result.outcome != "passed"

    def _result(self, result: TestResult, run: TestRun) -> Iterator[str]:
        colour = "green" if result.outcome == "passed" else "red"
        place = self._painted(f"{result.file}:{result.span.line}", "grey")
        outcome = self._painted(_WORDS[result.outcome].upper(), colour)
        yield f"{outcome}  {self._painted(result.name, 'bold')}  ({result.rule})  {place}"
        for failure in result.failures:
            yield from self._failure(failure, result, run)
        if result.outcome != "passed":
            for note in result.notes:
                yield f"  {self._painted('note:', 'yellow')} {note}"

    def _failure(self, failure: Failure, result: TestResult, run: TestRun) -> Iterator[str]:
        span = failure.span
        yield f"  {span.file}:{span.line}: {failure.message}"
        line = _source_line(run, span.file, span.line)
        if line and span != result.span:
            yield self._painted(f"      {line}", "grey")
        for change in failure.diff:
            yield self._diff(change)
        if failure.fix is not None:
            yield f"    fix: {failure.fix}"

    def _diff(self, change: DiffLine) -> str:
        return "    " + self._painted(f"{change.mark} {change.text}".rstrip(), _MARKS[change.mark])

    def _painted(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self._colour else text


def _source_line(run: TestRun, file: str, line: int) -> str:
    """A line of a file without its indentation; empty where the file's text is not at hand."""
    lines = run.sources.get(file, "").splitlines()
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""
