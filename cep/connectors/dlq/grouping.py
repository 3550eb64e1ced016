"""Dead letters counted by source and reason."""

from __future__ import annotations

from dataclasses import dataclass

from cep.connectors.dlq.letters import Letter

MOST = 1_000
"""Groups that are told apart; what comes after them is counted together, so that memory stays bounded."""
OTHERS = "(other reasons)"


@dataclass(slots=True)
class Group:
    """Letters of one source and kind of reason. `first`, `last`: as they stand in the dead letters. `replayed`: how
    many were replayed; `redacted`: of how many something is left out."""

    source: str
    reason: str
    count: int
    first: Letter
    last: Letter
    replayed: int = 0
    redacted: int = 0


class Groups:
    """Counts letters. Those of one group come in the order in which they were written."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], Group] = {}

    def add(self, letter: Letter, *, replayed: bool) -> None:
        """One more."""
        key = letter.source, letter.kind
        if key not in self._groups and len(self._groups) >= MOST:
            key = letter.source, OTHERS
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(*key, 0, letter, letter)
        group.count += 1
        group.last = letter
        group.replayed += replayed
        group.redacted += letter.redacted

    def sorted(self) -> list[Group]:
        """The largest first."""
        return sorted(self._groups.values(), key=lambda group: (-group.count, group.source, group.reason))
