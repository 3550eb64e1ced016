"""What `cep explain` says of a rule, as values. Every text is for people, spans are as the language writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

Runs = OneOf["moved", "found", "carried", "asked", "all"]
"""Which of the runs that wait at a place an event visits: those it takes along, ends or moves on; of those that wait
there the ones that an index finds, all of which it moves; those that take it and leave a run waiting at the same place;
those that an index finds, to ask each the rest of the guard; all, to ask each."""


@dataclass(frozen=True, slots=True)
class StateView:
    """A step: what it binds. `amount` in words; `window` the span of a threshold."""

    name: str
    event: str | None
    by: str | None
    amount: str
    where: str | None
    having: str | None
    window: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    """An event that may not come while a run waits: `word` (`without`, `until` …), its guard, for how long."""

    word: str
    event: str
    by: str | None
    where: str | None
    guard: str
    armed: str | None


@dataclass(frozen=True, slots=True)
class Visit:
    """What one kind of event costs at a place: which runs it looks at, and why."""

    event: str
    because: str
    runs: Runs
    words: str


@dataclass(frozen=True, slots=True)
class WaitView:
    """A place where runs wait for `target`: how what comes must follow, how long it waits, what its guard costs.

    `guard` is the class of the target's guard (None: time leads on), `answered` the part an index answers,
    `conditions` on what is bound stay true once they are met, `lasting` ones are true for a while,
    `ends` when waiting ends in time; `left` names the wait this one is a rest of.
    """

    index: int
    source: str
    target: str
    kind: str
    contiguity: str
    follows: str
    conditions: tuple[str, ...]
    lasting: tuple[str, ...]
    after: str | None
    ends: tuple[str, ...]
    guard: str | None
    answered: str | None
    stops: tuple[Stop, ...]
    visits: tuple[Visit, ...]
    left: int | None


@dataclass(frozen=True, slots=True)
class RegisterView:
    """A value that a run carries for later guards."""

    name: str
    holds: str
    kept: str


@dataclass(frozen=True, slots=True)
class Cost:
    """Runs visited per event. `linear`: the places at which the number grows with the open runs of a key; `beside`:
    what an event costs that is no visit of a run."""

    constant: bool
    words: str
    linear: tuple[str, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule's plan in words."""

    rule: str
    title: str | None
    version: int
    mode: str
    key: tuple[str, ...]
    sees: tuple[str, ...]
    within: str | None
    states: tuple[StateView, ...]
    leading: tuple[Stop, ...]
    waits: tuple[WaitView, ...]
    complete: tuple[str, ...]
    cancel: Stop | None
    selection: tuple[str, ...]
    shared: tuple[str, ...]
    """How runs are kept as a shared structure; empty: they are kept one by one."""
    cost: Cost
    bounds: tuple[str, ...]
    registers: tuple[RegisterView, ...]
    semantic: str
    layout: str
