"""Edits of a pattern: conditions and spans of what both versions have, and items that only one of them has."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from cep.language.model import Absence, Guard, Item, Link, RoleKey, Step
from cep.plan.edits.meaning import Version, nodes
from cep.plan.edits.outline import is_plain, outlines
from cep.plan.edits.verdict import ADDED, REMOVED, Edit, Reach, Verdict

KEEP, RECOMPUTE, MIGRATE = Verdict.KEEP, Verdict.RECOMPUTE, Verdict.MIGRATE
FINISH_OLD, RESET = Verdict.FINISH_OLD, Verdict.RESET


def pattern_edits(old: Version, new: Version) -> Iterator[Edit]:
    """What has changed between the items of two versions of a rule."""
    common = common_items(old, new)
    plain = is_plain(old.rule) and is_plain(new.rule)
    if plain:
        yield from _Common(old, new).edits(common)
    else:
        yield from _complex(old, new)
    yield from _others(old, new, common, plain)


def common_items(old: Version, new: Version) -> int:
    """How many items, from the first, are the same in both but for conditions and spans."""
    before, after = outlines(old.rule.items), outlines(new.rule.items)
    count = 0
    while count < min(len(before), len(after)) and before[count] == after[count]:
        count += 1
    return count


class _Common:
    """Edits within items that both versions have, in a plain pattern."""

    def __init__(self, old: Version, new: Version) -> None:
        self.old = old
        self.new = new
        self.absences = 0
        self.untils = 0

    def edits(self, count: int) -> Iterator[Edit]:
        """The edits of the first `count` items."""
        leading = True
        for before, after in zip(self.old.rule.items[:count], self.new.rule.items[:count], strict=True):
            one, other = before.node, after.node
            if isinstance(one, Absence) and isinstance(other, Absence):
                yield from self.absence(one, other, leading)
            elif isinstance(one, Step) and isinstance(other, Step):
                leading = False
                yield from self.gaps(one.name, before.link, after.link)
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
        if one.until is not None and other.until is not None:
            until = Reach("until", number=self.untils)
            self.untils += 1
            yield from self.guarding(f"`until` of {place}", one.until, other.until, until)

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

    def guarding(self, place: str, one: Guard, other: Guard, reach: Reach) -> Iterator[Edit]:
        """The key and condition of an `until`."""
        yield from self.key(place, one.key, other.key, reach)
        yield from self.guard("where", place, one.where, other.where, reach)

    def gaps(self, name: str, one: Link, other: Link) -> Iterator[Edit]:
        """The gaps before a step."""
        yield from self.span("gap (within)", f"`{name}`", one.within, other.within)
        yield from self.span("gap (after)", f"`{name}`", one.after, other.after)

    def span(self, what: str, place: str, one: int | None, other: int | None) -> Iterator[Edit]:
        """A span that may be another."""
        if one != other:
            yield Edit(what, place, one, other, RECOMPUTE)

    def guard(self, what: str, place: str, one: object, other: object, reach: Reach) -> Iterator[Edit]:
        """A condition that may mean something else."""
        if self.old.meaning(one) != self.new.meaning(other):
            yield Edit(what, place, one, other, KEEP, reach, FINISH_OLD)

    def key(self, place: str, one: RoleKey, other: RoleKey, reach: Reach) -> Iterator[Edit]:
        """Where the key is read, which may be elsewhere."""
        if one != other:
            yield Edit("key", place, key_text(one), key_text(other), KEEP, reach, RESET)


def _complex(old: Version, new: Version) -> Iterator[Edit]:
    """In a pattern that is not plain any edit is left to the old version; only another key cannot be."""
    before, after = keys(old), keys(new)
    same = len(before) == len(after) and outlines(old.rule.items) == outlines(new.rule.items)
    if same and before != after:
        moved = next((one, other) for one, other in zip(before, after, strict=True) if one != other)
        yield Edit("key", "a step", key_text(moved[0]), key_text(moved[1]), RESET)
    elif same and old.meaning(old.rule.items) != new.meaning(new.rule.items):
        yield Edit("conditions or spans", "the pattern", None, None, FINISH_OLD)


def keys(version: Version) -> list[RoleKey]:
    """Where each place of the pattern reads the key, in the order written."""
    return [node for node in nodes(version.rule.items) if isinstance(node, RoleKey)]


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
        names = {named(item) for item in gone} & {named(item) for item in come}
        for item in gone:
            if named(item) not in names:
                yield Edit(REMOVED, named(item), named(item), None, mild, reach, touched)
        for item in come:
            what = "form" if named(item) in names else ADDED
            yield Edit(what, named(item), None, named(item), mild, reach, touched)


def named(item: Item) -> str:
    """An item as it is spoken of."""
    match item.node:
        case Step() as step:
            return f"`{step.name}`"
        case Absence() as absence:
            return f"`without {'next ' if absence.next else ''}{absence.event}`"
        case _:
            steps = [f"`{node.name}`" for node in nodes(item) if isinstance(node, Step)]
            return f"the group of {', '.join(steps)}"


def key_text(key: RoleKey) -> str:
    """Where a place reads the key."""
    return ", ".join(
        ".".join(path) + ("?" if null else "") for path, null in zip(key.paths, key.null_is_key, strict=True)
    )
