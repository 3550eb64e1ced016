"""Engines that play a case: the oracle, and the product through its public face."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cep.api import Alert, Engine, Rules, compile_text
from cep.language.load import load_text
from tests.conformance.logs import EVENT, Arrival, Play, Restore, Watermark
from tests.conformance.outcome import Bound, Outcome
from tests.conformance.rule_text import Case, Translation
from tests.oracle import OracleEvent
from tests.oracle import run as run_oracle

Backend = Callable[[Case, Translation, Iterable[Play]], Outcome]

SOURCE = "case"


def oracle(case: Case, translation: Translation, plays: Iterable[Play]) -> Outcome:
    """The reference matcher over the checked rules."""
    ruleset = load_text(translation.text, "case.pattern")
    rule = ruleset.rules[0]
    arrived, late, watermark = _arrived(plays, case)
    order = ruleset.events[EVENT].order
    arrived.sort(key=lambda a: (a.time, *(_rank(a.data[o.path[0]], o.descending) for o in order)))
    events = [OracleEvent(EVENT, a.time, _as_declared(a, ruleset), (SOURCE, 0, a.index)) for a in arrived]
    report = run_oracle(rule, ruleset, events, advance=watermark)
    return Outcome(
        tuple(_bound(match.events) for match in report.matches),
        tuple((_bound(timeout.events), timeout.due) for timeout in report.timeouts),
        tuple(late),
        report.open_partials,
    )


def _arrived(plays: Iterable[Play], case: Case) -> tuple[list[Arrival], list[int], int | None]:
    """Events in order of arrival that were handed over by the end, late ones, and the watermark at the end."""
    arrived: list[Arrival] = []
    late: list[int] = []
    watermark: int | None = None
    for play in plays:
        if isinstance(play, Watermark):
            watermark = play.time if watermark is None else max(watermark, play.time)
        elif isinstance(play, Arrival):
            if watermark is not None and play.time < watermark:
                late.append(play.index)
            else:
                arrived.append(play)
    if case["kind"] == "sequence":
        last = max((a.time for a in arrived), default=None)
        return arrived, late, last if watermark is None else watermark
    return [a for a in arrived if watermark is not None and a.time <= watermark], late, watermark


def _rank(value: Any, descending: bool) -> Any:
    return -value if descending else value


def _as_declared(arrival: Arrival, ruleset: Any) -> dict[str, Any]:
    """Run-time form: times in microseconds, numbers of the declared type."""
    data = dict(arrival.data)
    for field in ruleset.events[EVENT].fields:
        if field.type.kind.value == "float" and data[field.name] is not None:
            data[field.name] = float(data[field.name])
    return data | {"ts": arrival.time}


def _bound(events: Iterable[tuple[str, tuple[str, int, int]]]) -> Bound:
    return tuple((step, at[2]) for step, at in events)


def product(case: Case, translation: Translation, plays: Iterable[Play]) -> Outcome:
    """The engine through its public face: text, check, plan, shard."""
    rules = compile_text(translation.text, name="case.pattern")
    engine = rules.engine(source=SOURCE)
    alerts: list[Alert] = []
    arrivals: list[Arrival] = []
    late: list[int] = []
    for play in plays:
        match play:
            case Arrival():
                arrivals.append(play)
                alerts += engine.push([{"type": EVENT, **play.data}])
            case Watermark():
                alerts += engine.advance(play.time)
            case Restore():
                late += [arrivals[entry.offset].index for entry in engine.late]
                engine = _restored(engine, rules)
    late += [arrivals[entry.offset].index for entry in engine.late]
    if engine.dead_letters:
        raise ValueError(f"dead letter: {engine.dead_letters[0].reason}")
    matches = [alert for alert in alerts if alert.kind == "match"]
    timeouts = [alert for alert in alerts if alert.kind == "timeout"]
    return Outcome(
        tuple(_events(alert, arrivals) for alert in matches),
        tuple((_events(alert, arrivals), alert.due or 0) for alert in timeouts),
        tuple(late),
        engine.stats.open_runs,
    )


def _restored(engine: Engine, rules: Rules) -> Engine:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state"
        engine.snapshot(path)
        new = rules.engine(source=SOURCE)
        new.restore(path)
    return new


def _events(alert: Alert, arrivals: list[Arrival]) -> Bound:
    return tuple((event.step, arrivals[int(event.source.rpartition("/")[2])].index) for event in alert.events)


BACKENDS: dict[str, Backend] = {"oracle": oracle, "cep": product}
