"""Rules that bear another name: state is known by a rule's module and name, and does not follow.

Only what is told of such an edit depends on what is found here, no verdict does.
"""

from __future__ import annotations

from collections.abc import Mapping

from cep.plan.edits.meaning import Version
from cep.plan.edits.rule_edits import rule_edits
from cep.plan.edits.verdict import GONE, MOVED_FROM, MOVED_TO, RENAMED_FROM, RENAMED_TO, Edit, Verdict

_MOST = 400
"""How many pairs of rules are compared to find the ones that were renamed."""


class Namings:
    """Of the rules that one rule set has (`gone`) and of those that another has (`come`), by name: which are the same
    but for their name."""

    def __init__(self, gone: Mapping[str, Version], come: Mapping[str, Version]) -> None:
        self.to: dict[str, str] = {}
        self._moved(list(gone), list(come))
        left = [name for name in gone if name not in self.to]
        new = [name for name in come if name not in self.to.values()]
        if len(left) * len(new) <= _MOST:
            self._renamed({name: gone[name] for name in left}, {name: come[name] for name in new})
        self.back = {new: old for old, new in self.to.items()}

    def _moved(self, gone: list[str], come: list[str]) -> None:
        """Those that have the same name in another module."""
        for name in gone:
            if [other for other in gone if _own(other) == _own(name)] == [name]:
                found = [other for other in come if _own(other) == _own(name)]
                if len(found) == 1:
                    self.to[name] = found[0]

    def _renamed(self, gone: Mapping[str, Version], come: Mapping[str, Version]) -> None:
        """Those that mean the same under another name."""
        for name, version in gone.items():
            found = [other for other, new in come.items() if not rule_edits(version, new)]
            if len(found) == 1 and found[0] not in self.to.values():
                self.to[name] = found[0]

    def gone(self, name: str) -> Edit:
        """What became of a rule that is gone."""
        other = self.to.get(name)
        if other is None:
            return Edit(GONE, "", None, None, Verdict.FINISH_OLD)
        what = MOVED_TO if _own(name) == _own(other) else RENAMED_TO
        return Edit(what, f"`{other}`", None, None, Verdict.FINISH_OLD)

    def come(self, name: str) -> tuple[Edit, ...]:
        """Where a new rule comes from; nothing for one that is new."""
        other = self.back.get(name)
        if other is None:
            return ()
        what = MOVED_FROM if _own(name) == _own(other) else RENAMED_FROM
        return (Edit(what, f"`{other}`", None, None, Verdict.FRESH),)


def _own(name: str) -> str:
    """A rule's name without its module."""
    return name.rpartition(".")[2]
