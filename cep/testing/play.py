"""One test on its way from its first line to its last."""

from __future__ import annotations

from cep.engine.values import Values
from cep.language import ast
from cep.language.diagnostics import Span
from cep.language.model import Test, TestExpect, TestSend
from cep.testing.expectation import left_over, meet
from cep.testing.result import Failure
from cep.testing.stage import START, Sent, Setting, Stage


class Play:
    """Goes through the lines of `test` and collects `failures`.

    Times are microseconds. A time of the form `hh:mm` counts from 2026-01-01T00:00:00Z, or from the instant of the
    first line where that names one; `+ d` from the line before; `advance d` from the watermark.
    """

    def __init__(self, test: Test, setting: Setting, values: Values) -> None:
        self.failures: list[Failure] = []
        self._test = test
        self._rule = setting.rule
        self._stage = Stage(setting, values)
        self._start = self._now = _start(test)
        self._together: list[Sent] = []
        self._asked: TestExpect | None = None

    @property
    def is_broken(self) -> bool:
        """Whether an event did not get through, so that nothing else says anything."""
        return bool(self._stage.refused)

    def run(self) -> None:
        """Go through all lines."""
        for line in self._test.lines:
            match line:
                case TestSend():
                    self._send(line)
                case ast.Advance():
                    self._advance(line)
                case TestExpect():
                    self._expect(line)
        self._hand_over()
        self._look_no_further()
        self._leave_over("no `expect` asks for", self._test.span)
        for reason in self._stage.refused:
            self.failures.append(Failure(self._test.span, f"an event of the test could not be read: {reason}"))

    def notes(self) -> tuple[str, ...]:
        """What may explain a failure: late events nobody asked for, expressions that could not be computed."""
        notes: list[str] = []
        if self._stage.late:
            first = self._stage.late[0]
            count = len(self._stage.late)
            what = f"a {first.event} was late" if count == 1 else f"{count} events were late, the first a {first.event}"
            notes.append(f"{what}: its time is before the line above it, so that no rule saw it")
        if self._stage.trouble:
            count = self._stage.trouble
            what = "an expression" if count == 1 else f"{count} expressions"
            notes.append(f"{what} could not be computed (division by zero, overflow, a function that failed)")
        return tuple(notes)

    def _send(self, line: TestSend) -> None:
        time = self._time(line.at)
        if self._together and self._together[0].time != time:
            self._hand_over()
        if not self._together:
            self._look_no_further()
        self._now = time
        self._together.append(self._stage.event(line.event, dict(line.fields), time))

    def _time(self, at: ast.At) -> int:
        if at.kind == "instant":
            return at.time
        return (self._start if at.kind == "offset" else self._now) + at.time

    def _hand_over(self) -> None:
        """Hand over the lines of one moment, which nothing has looked in between."""
        self._stage.send(self._together)
        self._together = []

    def _advance(self, line: ast.Advance) -> None:
        self._hand_over()
        self._look_no_further()
        reached = self._stage.watermark
        self._now = (self._start if reached is None else reached) + line.by
        self._stage.advance(self._now)

    def _expect(self, line: TestExpect) -> None:
        self._hand_over()
        self._asked = line
        failure = meet(line, self._stage, self._rule)
        if failure is not None:
            self.failures.append(failure)

    def _look_no_further(self) -> None:
        """A line after the last of several `expect`: what none of them took is left over."""
        if self._asked is not None:
            self._leave_over("this `expect` leaves over", self._asked.span)
            self._asked = None

    def _leave_over(self, why: str, span: Span) -> None:
        count = len(self._stage.alerts)
        if count:
            alerts = "an alert" if count == 1 else f"{count} alerts"
            self.failures.append(
                Failure(span, f"{alerts} that {why}", left_over(self._stage), "add an `expect` for each of them")
            )


def _start(test: Test) -> int:
    match test.lines[:1]:
        case (TestSend(at=ast.At(kind="instant", time=time)),):
            return time
        case _:
            return START
