"""What two rule sets differ in, rule by rule, with the verdict on open partial matches."""

from __future__ import annotations

from dataclasses import dataclass

from cep.engine.values import Values
from cep.language.model import RuleSet
from cep.plan.edits.meaning import Version
from cep.plan.edits.naming import Namings
from cep.plan.edits.rule_edits import rule_edits
from cep.plan.edits.verdict import Edit, Verdict, worst
from cep.runtime.changeover.archive import version_of
from cep.runtime.changeover.report import ChangeReport, RuleChange


@dataclass(frozen=True, slots=True)
class Settled:
    """A rule set with the params and lists it runs with."""

    rules: RuleSet
    values: Values

    def versions(self) -> dict[str, Version]:
        """Its rules by name, with what they refer to."""
        return {rule.name: version_of(self.rules, rule, self.values) for rule in self.rules.rules}


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule that is not as it was.

    `verdict`: of what is open, or, where no state was looked at, of what has not reached the places of the edits;
    `reached` is then that of what has, None where it is the same. `open` and `waiting` as in `RuleChange`, None where
    no state was looked at.
    """

    rule: str
    before: int | None
    after: int | None
    edits: tuple[Edit, ...]
    verdict: Verdict
    reached: Verdict | None = None
    open: int | None = None
    waiting: int | None = None
    note: str | None = None
    generation: int | None = None


def differences(old: Settled, new: Settled) -> list[Difference]:
    """What has changed between two rule sets, whatever is open. Rules that are off in both are left out."""
    before, after = old.versions(), new.versions()
    namings = Namings(_only(before, after), _only(after, before))
    found = []
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name), after.get(name)
        ran, runs = (version is not None and version.rule.meta.mode != "off" for version in (one, other))
        if ran and one is not None and other is not None:
            if edits := rule_edits(one, other):
                found.append(_changed(name, one, other, edits))
        elif ran and one is not None:
            found.append(Difference(name, one.rule.meta.version, None, (namings.gone(name),), Verdict.FINISH_OLD))
        elif runs and other is not None:
            found.append(Difference(name, None, other.rule.meta.version, namings.come(name), Verdict.FRESH))
    return found


def _only(some: dict[str, Version], others: dict[str, Version]) -> dict[str, Version]:
    """Rules that run and that the other set does not have."""
    return {name: version for name, version in some.items() if name not in others and version.rule.meta.mode != "off"}


def _changed(name: str, one: Version, other: Version, edits: tuple[Edit, ...]) -> Difference:
    mild = worst(tuple(edit.verdict for edit in edits))
    severe = worst(tuple(edit.reached or edit.verdict for edit in edits))
    versions = one.rule.meta.version, other.rule.meta.version
    return Difference(name, *versions, edits, mild, severe if severe is not mild else None)


def with_state(report: ChangeReport) -> list[Difference]:
    """The differences as a state settles them."""
    return [_settled(change) for change in report.changes]


def _settled(change: RuleChange) -> Difference:
    return Difference(
        change.rule,
        change.before,
        change.after,
        change.edits,
        change.verdict,
        None,
        change.open,
        change.waiting,
        change.note,
        change.generation,
    )
