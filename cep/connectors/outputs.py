"""Where a job's alerts, late events and dead letters go, and the counts that its summary is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Protocol

from cep.connectors.job.model import Evidence, FileSink, Job
from cep.connectors.line_sink import LineSink, open_sink
from cep.runtime.alert import Alert
from cep.runtime.dead_letters import DeadLetter
from cep.runtime.disk import SYSTEM_DISK, Disk
from cep.runtime.late import Late
from cep.runtime.output import Ended, Output
from cep.runtime.redaction import NOTHING_REDACTED, Redaction
from cep.runtime.shadow.beside import Shadow

PORTION = 1_000
"""How many alerts are written at a time."""

SHOWN = 3
"""How many late events and dead letters the summary shows."""


@dataclass(slots=True)
class Tally:
    """What came out: alerts by rule (live, and shadow), the first few late events and dead letters, and old versions of
    rules that have come to their end."""

    alerts: Counter[str] = field(default_factory=Counter)
    shadow: Counter[str] = field(default_factory=Counter)
    late: int = 0
    dead_letters: int = 0
    first_late: list[Late] = field(default_factory=list)
    first_dead: list[DeadLetter] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)


class Sink(Protocol):
    """Where lines of one kind of output go."""

    def write(self, lines: Sequence[bytes], of: Sequence[Alert] | None = None) -> None:
        """Write the lines; `of`: the alerts that they are. Raises the connector's own exceptions."""


class JobOutputs:
    """Writes each kind of output to its sink; what has none is only counted. Closing it closes its files."""

    def __init__(
        self,
        job: Job,
        disk: Disk = SYSTEM_DISK,
        redaction: Redaction = NOTHING_REDACTED,
        topics: Mapping[str, Sink] | None = None,
    ) -> None:
        """Opens the job's sinks, whose files keep what they hold until `cut`. `redaction`: fields left out of them; it
        may be another once a state has been taken over. `topics`: sinks by kind that are not files.

        Raises `ConfigurationError` where one cannot be written.
        """
        self.tally = Tally()
        self.told: Callable[[Sequence[Alert]], None] = _nobody
        """Hears of alerts that were written."""
        self._evidence: Evidence = job.evidence
        self.redaction = redaction
        self._shadow = Shadow()
        self._shadow_redaction = redaction
        self._closing = ExitStack()
        self._files: dict[str, LineSink] = {}
        with ExitStack() as opened:
            for kind, sink in outputs_of(job).items():
                if sink is not None:
                    self._files[kind] = open_sink(sink.path, disk)
                    opened.callback(self._files[kind].close)
            self._closing = opened.pop_all()
        self._sinks: dict[str, Sink] = {**self._files, **(topics or {})}

    def compare(self, shadow: Shadow) -> None:
        """From now on tell alerts to the comparison with what runs beside the rules. Its alerts are kept free of what
        either side redacts; to be said anew where `redaction` is another."""
        self._shadow = shadow
        run = shadow.run
        self._shadow_redaction = self.redaction if run is None else self.redaction.joined(run.shard.places.redaction())

    def sizes(self) -> dict[str, int]:
        """Bytes that each output holds, by its key in the job file; pipes and devices are left out."""
        return {kind: sink.size for kind, sink in self._files.items() if sink.size is not None}

    def cut(self, sizes: Mapping[str, int]) -> None:
        """Keep that many bytes of each file, none of those not named. Raises `ConnectorFailure`."""
        for kind in self.sizes():
            self._files[kind].cut(sizes.get(kind, 0))

    def sync(self) -> None:
        """Return once all that was written is safe. Raises `ConnectorFailure`."""
        for sink in self._files.values():
            sink.sync()

    def take(self, output: Output) -> None:
        """Write out what one call of the shard brought about."""
        if output.alerts:
            self._take_alerts(output.alerts, live=True)
        if output.shadow:
            self._take_alerts(output.shadow, live=False)
        if output.late:
            self._take_late(output.late)
        if output.dead_letters:
            self._take_dead(output.dead_letters)
        self.tally.ended += output.ended

    def close(self) -> None:
        """Let go of the files."""
        self._closing.close()

    def _take_alerts(self, alerts: Iterable[Alert], *, live: bool) -> None:
        """Some at a time: the matches of one event may be more than memory holds. Not `live`: those of a shadow."""
        coming = iter(alerts)
        while portion := list(islice(coming, PORTION)):
            self._write_alerts(portion, self.redaction if live else self._shadow_redaction)
            if self._shadow.run is not None:
                self._shadow.run.comparison.take(portion, live=live)

    def _write_alerts(self, alerts: Sequence[Alert], redaction: Redaction) -> None:
        live = [alert for alert in alerts if alert.mode == "live"]
        shadow = [alert for alert in alerts if alert.mode == "shadow"]
        if (to := self._sinks.get("alerts")) is not None:
            to.write([alert.json(self._evidence, redaction) for alert in live], live)
        if (to := self._sinks.get("shadow")) is not None:
            to.write([alert.json(self._evidence, redaction) for alert in shadow], shadow)
        self.told(live)
        self.tally.alerts.update(alert.rule for alert in live)
        self.tally.shadow.update(alert.rule for alert in shadow)

    def _take_late(self, late: Sequence[Late]) -> None:
        if self.redaction:
            late = [
                replace(of, raw=self.redaction.record(of.event, of.raw, (of.topic, of.partition, of.offset)))
                for of in late
            ]
        if (to := self._sinks.get("late")) is not None:
            to.write([of.json() for of in late])
        self.tally.late += len(late)
        self.tally.first_late += late[: SHOWN - len(self.tally.first_late)]

    def _take_dead(self, dead: Sequence[DeadLetter]) -> None:
        if (hidden := self.redaction) and dead:
            dead = [_redacted(of, hidden) for of in dead]
        if (to := self._sinks.get("dead_letters")) is not None:
            to.write([of.json() for of in dead])
        self.tally.dead_letters += len(dead)
        self.tally.first_dead += dead[: SHOWN - len(self.tally.first_dead)]


def _redacted(of: DeadLetter, hidden: Redaction) -> DeadLetter:
    raw = hidden.refused(of.raw)
    return replace(of, raw=raw, reason=hidden.reason(of.reason), redacted=of.redacted or raw != of.raw)


def outputs_of(job: Job) -> dict[str, FileSink | None]:
    """A job's outputs by their keys in the job file."""
    return {"alerts": job.alerts, "shadow": job.shadow, "late": job.late, "dead_letters": job.dead_letters}


def _nobody(alerts: Sequence[Alert]) -> None:
    """Nobody wants to hear of them."""
