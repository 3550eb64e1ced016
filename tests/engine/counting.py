"""Counts what the engine does: calls of generated functions, visits of waiting runs."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from cep.engine.matcher import Matcher
from cep.engine.record import Record
from cep.engine.run import Run
from cep.language.load import load_text
from cep.plan.attributes import attribute
from cep.plan.compile import compile_plan


class Visits:
    """A probe that counts visits and remembers guards tried."""

    def __init__(self) -> None:
        self.visits = 0
        self.guards: list[tuple[str, str, bool]] = []

    def visited(self, rule: str, wait: int, run: Run | None, rec: Record) -> None:
        """One more run was looked at."""
        self.visits += 1

    def guard(self, rule: str, step: str, outcome: bool, run: Run | None, rec: Record) -> bool:
        """A guard was tried."""
        self.guards.append((rule, step, outcome))
        return outcome


class Waste(Visits):
    """A probe that tells visits which moved a run (it took the event, or waits elsewhere or no longer) from others."""

    def __init__(self) -> None:
        super().__init__()
        self.wasted = 0
        self.seen: list[tuple[Run, int]] = []
        self.took: set[int] = set()
        self.asked = 0

    def visited(self, rule: str, wait: int, run: Run | None, rec: Record) -> None:
        """One more run was looked at."""
        self.visits += 1
        if run is not None:
            self.seen.append((run, run.live))

    def guard(self, rule: str, step: str, outcome: bool, run: Run | None, rec: Record) -> bool:
        """A guard was tried; only how often is kept."""
        self.asked += 1
        if outcome and run is not None:
            self.took.add(id(run))
        return outcome

    def settle(self) -> int:
        """To be called after each event: how many of its visits were in vain."""
        wasted = sum(run.live == live and id(run) not in self.took for run, live in self.seen)
        self.wasted += wasted
        self.seen.clear()
        self.took.clear()
        return wasted


class Data:
    """Decoded fields, as a decoder would give them."""

    def __init__(self, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            setattr(self, attribute(name), value)


def matcher(text: str, probe: Visits | None = None) -> Matcher:
    """A matcher for rule text."""
    plan = compile_plan(load_text(text), instrument=probe is not None)
    return Matcher(plan, probe=probe)


def record(engine: Matcher, offset: int, time: int, event: str, **fields: Any) -> Record:
    """A record of event type `event` at `time` microseconds."""
    return (time, (), "t", 0, offset, engine.plan.events.index(event), Data(fields), b"{}")


def generated_calls(run: Callable[[], object]) -> Counter[str]:
    """How often each generated function of a rule was called while `run` ran."""
    calls: Counter[str] = Counter()

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith("<cep rule"):
            calls[frame.f_code.co_name] += 1

    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
    return calls


def visits_per_event(text: str, probe: Visits, opening: Sequence[Record], event: Record) -> int:
    """Visits that one more event causes after the `opening` ones."""
    engine = matcher(text, probe)
    engine.feed(opening)
    probe.visits = 0
    engine.feed([event])
    return probe.visits
