"""The difference between the alerts of two versions of a rule set: counts and a few examples, in bounded memory.

An alert of one side is the same as one of the other if it is of the same rule, kind and key, and binds the same events;
ids, versions and fields may differ. One side may tell it later, so that alerts wait for their like.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from cep.runtime.alert import Alert

WAITING = 50_000
"""How many alerts may wait for their like; of more, the oldest counts as told by one side alone."""
EXAMPLES = 3
"""How many alerts of each rule and side are shown that only this side has told."""
SHOWN = 200
"""Longest key of an example, in characters."""

_sha256 = hashlib.sha256


class Example(msgspec.Struct, array_like=True):
    """An alert that only one side has told."""

    alert_id: str
    key: str


class RuleDifference(msgspec.Struct, array_like=True):
    """How often one rule was told by both versions, and by one alone, with the first examples of that."""

    both: int = 0
    live: int = 0
    shadow: int = 0
    live_examples: list[Example] = []
    shadow_examples: list[Example] = []

    @property
    def differs(self) -> bool:
        """Whether one side has told what the other has not."""
        return bool(self.live or self.shadow)


class _Waiting(msgspec.Struct, array_like=True):
    """Alerts that bind the same, told by one side so far: how many more by the live side (below 0: by the shadow)."""

    rule: str
    ahead: int
    example: Example


class _State(msgspec.Struct, array_like=True):
    """A comparison in a snapshot."""

    live: str
    shadow: str
    rules: dict[str, RuleDifference]
    waiting: dict[bytes, _Waiting]
    unsettled: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_State).decode


@dataclass(frozen=True, slots=True)
class Difference:
    """What came of a comparison: the marks of the two versions, and what differs by rule.

    `unsettled`: alerts that could not wait for their like until the end, and may have had one.
    """

    live: str
    shadow: str
    rules: dict[str, RuleDifference]
    unsettled: int

    @property
    def totals(self) -> tuple[int, int, int]:
        """Told by both, by the live side alone, by the shadow alone."""
        found = self.rules.values()
        return sum(of.both for of in found), sum(of.live for of in found), sum(of.shadow for of in found)


class Comparison:
    """Compares the alerts of two versions, named by their marks, as they are told."""

    def __init__(self, live: str, shadow: str, waiting: int = WAITING) -> None:
        self._state = _State(live, shadow, {}, {}, 0)
        self._most = waiting

    @property
    def versions(self) -> tuple[str, str]:
        """The marks of the two versions."""
        return self._state.live, self._state.shadow

    def take(self, alerts: Iterable[Alert], *, live: bool) -> None:
        """Alerts of one side, in order."""
        state, side = self._state, 1 if live else -1
        for alert in alerts:
            what = _bound(alert)
            waiting = state.waiting.get(what)
            if waiting is None:
                key = alert.key_json().decode("utf-8", "replace")
                example = Example(alert.alert_id, key if len(key) <= SHOWN else f"{key[:SHOWN]}…")
                state.waiting[what] = _Waiting(alert.rule, side, example)
                self._bound_waiting()
                continue
            if waiting.ahead * side < 0:
                self._of(state.rules, waiting.rule).both += 1
            waiting.ahead += side
            if not waiting.ahead:
                del state.waiting[what]

    def difference(self) -> Difference:
        """What differs so far: what still waits for its like counts as told by one side alone."""
        state = self._state
        rules = {rule: _copied(of) for rule, of in state.rules.items()}
        for waiting in state.waiting.values():
            self._settle(rules, waiting)
        return Difference(state.live, state.shadow, dict(sorted(rules.items())), state.unsettled)

    def snapshot(self) -> bytes:
        """Its state."""
        return _encode(self._state)

    def restore(self, part: bytes) -> None:
        """Go on with a comparison of the same two versions; one of others is over. Raises `msgspec.MsgspecError`."""
        found = _decode(part)
        if (found.live, found.shadow) == self.versions:
            self._state = found

    def _bound_waiting(self) -> None:
        waiting = self._state.waiting
        while len(waiting) > self._most:
            oldest = waiting.pop(next(iter(waiting)))
            self._settle(self._state.rules, oldest)
            self._state.unsettled += abs(oldest.ahead)

    def _settle(self, rules: dict[str, RuleDifference], waiting: _Waiting) -> None:
        of = self._of(rules, waiting.rule)
        if waiting.ahead > 0:
            of.live += waiting.ahead
            examples = of.live_examples
        else:
            of.shadow -= waiting.ahead
            examples = of.shadow_examples
        if len(examples) < EXAMPLES:
            examples.append(waiting.example)

    def _of(self, rules: dict[str, RuleDifference], rule: str) -> RuleDifference:
        found = rules.get(rule)
        if found is None:
            found = rules[rule] = RuleDifference()
        return found


def _copied(of: RuleDifference) -> RuleDifference:
    return RuleDifference(of.both, of.live, of.shadow, list(of.live_examples), list(of.shadow_examples))


def _bound(alert: Alert) -> bytes:
    """What an alert is about, whatever version tells it."""
    digest = _sha256()
    for part in _parts(alert):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:%b" % (len(data), data))
    return digest.digest()[:16]


def _parts(alert: Alert) -> Iterator[str]:
    yield alert.rule
    yield alert.kind
    yield from (repr(value) for value in alert.key.values())
    yield from (event.source for event in alert.events)
