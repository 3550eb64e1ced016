"""What became of each rule's state, as data."""

from __future__ import annotations

from dataclasses import dataclass

from cep.plan.edits.verdict import Edit, Verdict


@dataclass(frozen=True, slots=True)
class RuleChange:
    """The verdict on one rule. `before` and `after`: the versions by their authors' numbers, None where there is none.

    `edits`: what has changed in meaning. `open`: partial matches that were open. `waiting`: keys in which events were
    held that were no partial match yet (an unfilled threshold, what a leading `without` remembers). `note`: what made
    the verdict what it is where that is not one of the edits. `generation`: of an older version that was still
    finishing its partial matches, which it is; None for the version that was current.
    """

    rule: str
    before: int | None
    after: int | None
    verdict: Verdict
    edits: tuple[Edit, ...] = ()
    open: int = 0
    waiting: int = 0
    note: str | None = None
    generation: int | None = None

    @property
    def loses(self) -> bool:
        """Whether state is dropped without being brought to its end, and that has to be allowed."""
        return self.verdict is Verdict.RESET and bool(self.open or self.waiting)

    @property
    def cause(self) -> str:
        """What decided, in a few words: the edits whose verdict it is."""
        deciding = [_named(edit) for edit in self.edits if self.verdict in (edit.verdict, edit.reached)]
        return ", ".join([*deciding[:3], *([self.note] if self.note else [])])

    @property
    def shown(self) -> str:
        """For people, in one line."""
        cause = f": {self.cause}" if self.cause else ""
        old = f", old version {self.before}" if self.generation is not None else ""
        touched = "" if self.verdict is Verdict.FRESH else f", {self.touched}"
        return f"rule `{self.rule}`{old}: {self.verdict}{touched}{cause}"

    @property
    def touched(self) -> str:
        """How much state the verdict is about."""
        found = f"{self.open:,} open partial match{'' if self.open == 1 else 'es'}"
        if self.waiting:
            found += f", {self.waiting:,} key{'' if self.waiting == 1 else 's'} with events held"
        return found


def _named(edit: Edit) -> str:
    """An edit in a few words, with the params, lists and functions by which it is one."""
    settings = ", ".join(f"{setting.kind} `{setting.name}`" for setting in edit.settings)
    return f"{edit.title} ({settings})" if settings else edit.title


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """The verdicts on all rules that are not as they were when a state was written; none where all are.

    `shown`: fields, by event type and name, that are read from where something was redacted, and show it from now on.
    """

    changes: tuple[RuleChange, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()

    @property
    def lost(self) -> tuple[RuleChange, ...]:
        """Those whose state is dropped."""
        return tuple(change for change in self.changes if change.loses)
