"""Where fields were declared to be, kept with the state: what was redacted stays so when its declaration changes.

An event is kept as it came in. Under a declaration that has moved a redacted field, or does not have it any more, the
value would show. So a snapshot holds where fields are declared and which are redacted, and where they were before:

- a place of which no declaration speaks any more is redacted in all records, also in new ones that still have it;
- a place of which today's declaration says something else, or that is not redacted any more, is redacted in the
  records that were read before that was said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set

import msgspec

from cep.language.model import EventType
from cep.runtime.redaction import Name, Positions, Redaction, Spot, is_named


class Former(msgspec.Struct, array_like=True, frozen=True):
    """Where a field of an event type was. `redacted`: it was; otherwise it counts if its name is redacted today.

    `until`: only in records before that point; None: in all.
    """

    event: str
    field: str
    source: str
    redacted: bool
    until: Positions | None = None


class Places(msgspec.Struct, array_like=True):
    """By event type where each declared field is, the names that are redacted, and where fields were before."""

    declared: dict[str, dict[str, str]] = {}
    names: list[Name] = []
    former: list[Former] = []

    @classmethod
    def of(cls, events: Mapping[str, EventType], names: Iterable[Name]) -> Places:
        """What is declared and redacted now."""
        return cls({e.name: {of.name: of.source for of in e.fields} for e in events.values()}, sorted(names, key=repr))

    def redaction(self) -> Redaction:
        """What is redacted."""
        names = frozenset(self.names)
        found = {
            event: {Spot(source): None for name, source in fields.items() if is_named(names, event, name)}
            for event, fields in self.declared.items()
        }
        for old in self.former:
            if old.redacted or is_named(names, old.event, old.field):
                spot = Spot(old.source, old.until)
                if Spot(old.source) not in found.setdefault(old.event, {}):
                    found[old.event][spot] = None
        return Redaction({event: tuple(spots) for event, spots in found.items() if spots}, names)

    def shown_now(self, before: Places) -> list[tuple[str, str]]:
        """Fields, by event type and name, that show what was redacted in the records of `before`."""
        hidden = before.redaction().spots
        mine = self.redaction().spots
        return [
            (event, name)
            for event, fields in self.declared.items()
            for name, source in fields.items()
            if Spot(source) in hidden.get(event, ()) and Spot(source) not in mine.get(event, ())
        ]

    def after(self, before: Places, positions: Positions, alive: Callable[[], Set[str]]) -> Places:
        """These places with what is to be kept of those `before`, whose records were read up to `positions`. `alive`
        gives the event types of which state may be left."""
        kept = [*before.former, *before._left(self)]
        found = dict.fromkeys(filter(None, (self._kept(old, positions) for old in kept)))
        if any(old.until is not None for old in found):
            # Of what was read before nothing is left.
            found = {old: None for old in found if old.until is None or old.event in alive()}
        return Places(self.declared, self.names, list(found))

    def _left(self, now: Places) -> list[Former]:
        """Of what is declared here, what is not so under other declarations, or not redacted any more."""
        found = []
        for event, fields in self.declared.items():
            for name, source in fields.items():
                redacted = is_named(self.names, event, name)
                if now.declared.get(event, {}).get(name) != source or redacted:
                    found.append(Former(event, name, source, redacted))
        return found

    def _kept(self, old: Former, positions: Positions) -> Former | None:
        """What is to be kept of a place under these declarations; None: they say all that it says."""
        fields = self.declared.get(old.event, {})
        same = fields.get(old.field) == old.source
        if same and (is_named(self.names, old.event, old.field) or not old.redacted):
            return None
        if old.until is None and old.source in fields.values():
            return Former(old.event, old.field, old.source, old.redacted, positions)
        return old
