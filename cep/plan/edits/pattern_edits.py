"""Edits of a pattern: conditions and spans of what both versions have, and items that only one of them has."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from cep.language.model import Absence, AllOf, Either, Group, Guard, Item, Link, RoleKey, Step
from cep.language.resolved import Expression
from cep.plan.edits.forms import form_text, key_text, named
from cep.plan.edits.meaning import Version
from cep.plan.edits.outline import is_plain, outlines
from cep.plan.edits.verdict import ADDED, REMOVED, Edit, Reach, Verdict

KEEP, RECOMPUTE, MIGRATE = Verdict.KEEP, Verdict.RECOMPUTE, Verdict.MIGRATE
FINISH_OLD, RESET = Verdict.FINISH_OLD, Verdict.RESET


def pattern_edits(old: Version, new: Version) -> Iterator[Edit]:
    """What has changed between the items of two versions of a rule."""
    common = common_items(old, new)
    plain = is_plain(old.rule) and is_plain(new.rule)
    within = _Plain(old, new) if plain else _Complex(old, new)
    yield from within.edits(old.rule.items[:common], new.rule.items[:common])
    yield from _others(old, new, common, plain)


def common_items(old: Version, new: Version) -> int:
    """How many items, from the first, are the same in both but for conditions and spans."""
    before, after = outlines(old.rule.items), outlines(new.rule.items)
    count = 0
    while count < min(len(before), len(after)) and before[count] == after[count]:
        count += 1
    return count


class _Plain:
    """Edits within items that both versions have, in a plain pattern."""

    def __init__(self, old: Version, new: Version) -> None:
        self.old = old
        self.new = new
        self.absences = 0
        self.untils = 0

    def edits(self, items: tuple[Item, ...], others: tuple[Item, ...]) -> Iterator[Edit]:
        """The edits of items of which both versions have the same outline."""
        leading = True
        for before, after in zip(items, others, strict=True):
            one, other = before.node, after.node
            if isinstance(one, Absence) and isinstance(other, Absence):
                yield from self.absence(one, other, leading)
            elif isinstance(one, Step) and isinstance(other, Step):
                leading = False
                yield from self.gaps(f"`{one.name}`", before.link, after.link)
                yield from self.step(one, other)

    def step(self, one: Step, other: Step) -> Iterator[Edit]:
        """A step's key, conditions and span."""
        place = f"`{one.name}`"
        bound = Reach("step", one.name)
        yield from self.key(place, one.key, other.key, bound)
        held = Reach("window", one.name) if one.having is not None else bound
        yield from self.guard("where", place, one.where, other.where, held)
        yield from self.guard("having", place, one.having, other.having, bound)
        yield from self.span("span", place, one.within, other.within)
        yield from self.until(place, one.until, other.until)

    def absence(self, one: Absence, other: Absence, leading: bool) -> Iterator[Edit]:
        """An absence's key, condition and span."""
        place = f"`without {one.event}`"
        armed = Reach("absence", number=self.absences)
        self.absences += 1
        yield from self.key(place, one.key, other.key, armed)
        yield from self.guard("where", place, one.where, other.where, armed)
        longer = leading and (other.within or 0) > (one.within or 0)
        what = "span, beyond what is remembered," if longer else "span"
        yield from self.span(what, place, one.within, other.within)

    def until(self, place: str, one: Guard | None, other: Guard | None) -> Iterator[Edit]:
        """The key and condition of an `until`."""
        if one is not None and other is not None:
            reach = Reach("until", number=self.untils)
            self.untils += 1
            yield from self.key(f"`until` of {place}", one.key, other.key, reach)
            yield from self.guard("where", f"`until` of {place}", one.where, other.where, reach)

    def gaps(self, place: str, one: Link, other: Link) -> Iterator[Edit]:
        """The gaps before an item."""
        yield from self.span("gap (within)", place, one.within, other.within)
        yield from self.span("gap (after)", place, one.after, other.after)

    def span(self, what: str, place: str, one: int | None, other: int | None) -> Iterator[Edit]:
        """A span that may be another."""
        if one != other:
            yield Edit(what, place, one, other, RECOMPUTE)

    def guard(
        self, what: str, place: str, one: Expression | None, other: Expression | None, reach: Reach
    ) -> Iterator[Edit]:
        """A condition that may mean something else."""
        if self.old.meaning(one) != self.new.meaning(other):
            settings = self.old.setting_edits(self.new, one)
            yield Edit(what, place, one, other, KEEP, reach, FINISH_OLD, settings)

    def key(self, place: str, one: RoleKey, other: RoleKey, reach: Reach) -> Iterator[Edit]:
        """Where the key is read, which may be elsewhere."""
        if one != other:
            yield Edit("key", place, key_text(one), key_text(other), KEEP, reach, RESET)


class _Complex(_Plain):
    """The same in a pattern that is not plain: any edit is left to the old version; only another key cannot be."""

    def edits(self, items: tuple[Item, ...], others: tuple[Item, ...]) -> Iterator[Edit]:
        for before, after in zip(items, others, strict=True):
            yield from self.gaps(named(before), before.link, after.link)
            yield from self.node(named(before), before.node, after.node)

    def node(self, place: str, one: object, other: object) -> Iterator[Edit]:
        """The edits of one item, and of what is in it."""
        match one, other:
            case Step(), Step():
                yield from self.step(one, other)
            case Absence(), Absence():
                yield from self.absence(one, other, leading=False)
            case Group(), Group():
                yield from self.span("span", place, one.within, other.within)
                yield from self.edits(one.items, other.items)
                yield from self.until(place, one.until, other.until)
            case Either(), Either():
                yield from self.span("span", place, one.within, other.within)
                for way, changed in zip(one.alternatives, other.alternatives, strict=True):
                    yield from self.edits(way, changed)
            case AllOf(), AllOf():
                yield from self.span("span", place, one.within, other.within)
                for member, changed_member in zip(one.members, other.members, strict=True):
                    yield from self.node(place, member, changed_member)

    def span(self, what: str, place: str, one: int | None, other: int | None) -> Iterator[Edit]:
        if one != other:
            yield Edit(what, place, one, other, FINISH_OLD)

    def guard(
        self, what: str, place: str, one: Expression | None, other: Expression | None, reach: Reach
    ) -> Iterator[Edit]:
        for edit in super().guard(what, place, one, other, reach):
            yield Edit(what, place, one, other, FINISH_OLD, settings=edit.settings)

    def key(self, place: str, one: RoleKey, other: RoleKey, reach: Reach) -> Iterator[Edit]:
        if one != other:
            yield Edit("key", place, key_text(one), key_text(other), RESET)


def _others(old: Version, new: Version, common: int, plain: bool) -> Iterator[Edit]:
    """Items that only one version has, or has in another form."""
    before, after = old.rule.items[common:], new.rule.items[common:]
    mild = MIGRATE if plain else FINISH_OLD
    reach, touched = (Reach("items", number=common), FINISH_OLD) if plain else (None, None)
    matcher = SequenceMatcher(None, outlines(before), outlines(after), autojunk=False)
    for how, first, last, begin, end in matcher.get_opcodes():
        if how == "equal":
            continue
        gone, come = before[first:last], after[begin:end]
        both = {named(item): form_text(item) for item in gone if named(item) in map(named, come)}
        for item in gone:
            if named(item) not in both:
                yield Edit(REMOVED, named(item), form_text(item), None, mild, reach, touched)
        for item in come:
            name = named(item)
            what = "form" if name in both else ADDED
            yield Edit(what, name, both.get(name), form_text(item), mild, reach, touched)
