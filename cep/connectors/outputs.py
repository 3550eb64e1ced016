"""Where a job's alerts, late events and dead letters go, and the counts that its summary is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice

from cep.connectors.job.model import Evidence, FileSink, Job
from cep.connectors.line_sink import LineSink, open_sink
from cep.runtime.alert import Alert
from cep.runtime.dead_letters import DeadLetter
from cep.runtime.late import Late
from cep.runtime.output import Output

PORTION = 1_000
"""How many alerts are written at a time."""

SHOWN = 3
"""How many late events and dead letters the summary shows."""


@dataclass(slots=True)
class Tally:
    """What came out: alerts by rule (live, and shadow), and the first few late events and dead letters."""

    alerts: Counter[str] = field(default_factory=Counter)
    shadow: Counter[str] = field(default_factory=Counter)
    late: int = 0
    dead_letters: int = 0
    first_late: list[Late] = field(default_factory=list)
    first_dead: list[DeadLetter] = field(default_factory=list)


class JobOutputs:
    """Writes each kind of output to its sink; what has none is only counted. Closing it closes its files."""

    def __init__(self, job: Job) -> None:
        """Opens the job's sinks. Raises `ConfigurationError` where one cannot be written."""
        self.tally = Tally()
        self._evidence: Evidence = job.evidence
        self._closing = ExitStack()
        with ExitStack() as opened:
            self._alerts = _open(job.alerts, opened)
            self._shadow = _open(job.shadow, opened)
            self._late = _open(job.late, opened)
            self._dead = _open(job.dead_letters, opened)
            self._closing = opened.pop_all()

    def take(self, output: Output) -> None:
        """Write out what one call of the shard brought about."""
        if output.alerts:
            self._take_alerts(output.alerts)
        if output.late:
            self._take_late(output.late)
        if output.dead_letters:
            self._take_dead(output.dead_letters)

    def close(self) -> None:
        """Let go of the files."""
        self._closing.close()

    def _take_alerts(self, alerts: Iterable[Alert]) -> None:
        """Some at a time: the matches of one event may be more than memory holds."""
        coming = iter(alerts)
        while portion := list(islice(coming, PORTION)):
            self._write_alerts(portion)

    def _write_alerts(self, alerts: Sequence[Alert]) -> None:
        live = [alert for alert in alerts if alert.mode == "live"]
        shadow = [alert for alert in alerts if alert.mode == "shadow"]
        if self._alerts is not None:
            self._alerts.write([alert.json(self._evidence) for alert in live])
        if self._shadow is not None:
            self._shadow.write([alert.json(self._evidence) for alert in shadow])
        self.tally.alerts.update(alert.rule for alert in live)
        self.tally.shadow.update(alert.rule for alert in shadow)

    def _take_late(self, late: Sequence[Late]) -> None:
        if self._late is not None:
            self._late.write([of.json() for of in late])
        self.tally.late += len(late)
        self.tally.first_late += late[: SHOWN - len(self.tally.first_late)]

    def _take_dead(self, dead: Sequence[DeadLetter]) -> None:
        if self._dead is not None:
            self._dead.write([of.json() for of in dead])
        self.tally.dead_letters += len(dead)
        self.tally.first_dead += dead[: SHOWN - len(self.tally.first_dead)]


def _open(sink: FileSink | None, opened: ExitStack) -> LineSink | None:
    if sink is None:
        return None
    lines = open_sink(sink.path)
    opened.callback(lines.close)
    return lines
