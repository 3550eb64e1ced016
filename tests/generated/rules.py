"""Random rules: a pattern and the clauses around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal as OneOf

from tests.generated import references
from tests.generated.chance import Chance
from tests.generated.declared import Declarations
from tests.generated.deep import DeepDrawer
from tests.generated.draft import AllOf, Either, Group, Item, Rule, Step
from tests.generated.patterns import PatternDrawer
from tests.generated.references import Known
from tests.generated.sequences import EMPTY, SequenceDrawer

Pairs = tuple[tuple[str, str], ...]

Kind = OneOf["sequences", "full", "deep"]
"""`sequences` of steps, loops, thresholds and absences; `full`, with groups, alternatives, conjunctions, `any` and
`report` as well; `deep`, the same with absences at the edges of what nests, one level more, and items of several events
with modes and spans."""

DRAWERS: dict[Kind, type[SequenceDrawer]] = {"sequences": SequenceDrawer, "full": PatternDrawer, "deep": DeepDrawer}

KEYS = ((("k",), 11), ((), 3), (("k", "g"), 3), (("k?",), 2), (("k?", "g"), 1))
SKIPS = (
    ("default", 10), ("past last", 16), ("to next", 12), ("to first", 16), ("to last", 14), ("nothing", 32),
)  # fmt: skip
ALL_ORDERED = ("A", "B", "C", "T")


def declarations(chance: Chance) -> Declarations:
    """Lateness and tie-breaking."""
    lateness = chance.pick((0, 0, 0, 3, 6))
    if not chance.yes(0.25):
        return Declarations(lateness)
    return Declarations(lateness, chance.pick(("n", "n desc", "n, v desc")), chance.pick((ALL_ORDERED, ("A", "B"))))


def rule(chance: Chance, kind: Kind) -> Rule:
    """A rule; in some, what it says is refused by the checker, and the drawing has to be repeated."""
    key = chance.weighted(KEYS)
    within = chance.number(6, 40) if chance.yes(0.75) else None
    drawer = DRAWERS[kind](chance, key, within)
    items = drawer.items(chance.pick((1, 2, 2, 2, 3, 3, 4)))
    skip = _skip(chance, items)
    steps = [known for known in drawer.known if known.kind != "let"]
    lets, fields = _outputs(chance, steps, key)
    return Rule(
        key=key,
        within=within,
        items=items,
        over=(chance.pick("ABC"),) if chance.yes(0.15) else (),
        cancel=drawer.guard() if chance.yes(0.12) else None,
        skip=skip,
        report=_report(chance, items, skip) if kind != "sequences" else None,
        lets=drawer.lets + lets,
        fields=fields,
        timeouts=_timeouts(chance, items, steps),
        suppress=_suppress(chance, key),
        limit_runs=_limit(chance, items),
    )


def _skip(chance: Chance, items: tuple[Item, ...]) -> str | None:
    kind = chance.weighted(SKIPS)
    if kind in ("default", "nothing"):
        return None if kind == "default" else kind
    certain = list(_certain(items))
    if kind in ("to first", "to last"):
        kind = f"{kind} {chance.pick(certain)}" if certain else "past last"
    return kind + (" in start order" if chance.yes(0.3) else "")


def _certain(items: tuple[Item, ...]) -> Iterator[str]:
    """Steps that every match binds."""
    for item in items:
        match item.node:
            case Step(quantifier=quantifier) if quantifier not in EMPTY:
                yield item.node.name
            case Group(items=inside, quantifier=quantifier) if quantifier not in EMPTY:
                yield from _certain(inside)
            case AllOf(members=members, need=None):
                yield from (member.name for member in members if isinstance(member, Step))


def _report(chance: Chance, items: tuple[Item, ...], skip: str | None) -> str | None:
    last = items[-1].node
    grows = isinstance(last, Step | Group) and (last.quantifier != "" or getattr(last, "having", None) is not None)
    if not grows or skip == "nothing" or not chance.yes(0.75):
        return None
    return (
        "early"
        if any(_branches(item) for item in items)
        else chance.weighted((("early", 3), ("final", 4), ("updates", 4)))
    )


def _outputs(chance: Chance, known: list[Known], key: tuple[str, ...]) -> tuple[Pairs, Pairs]:
    if not known or not chance.yes(0.7):
        return (), ()
    lets: Pairs = ()
    fields = [(f"f{i}", references.output(chance, chance.pick(known))) for i in range(chance.number(1, 3))]
    if key and chance.yes(0.3):
        fields.append(("the_key", key[0].rstrip("?")))
    if chance.yes(0.2):
        lets = (("told", references.output(chance, chance.pick(known))),)
        fields.append(("told", "told"))
    single = [step.name for step in known if step.kind == "one"]
    if single and chance.yes(0.15):
        fields.append(("", f"{chance.pick(single)}.n"))
    return lets, tuple(fields)


def _timeouts(chance: Chance, items: tuple[Item, ...], known: list[Known]) -> Pairs:
    if not known or not chance.yes(0.5):
        return ()
    what = chance.pick(('"over"', f"count({chance.pick(known).name})"))
    later = list(_certain(items[1:]))
    form = chance.pick(("general", "at", "at and general", "two")) if later else "general"
    at = chance.pick(later) if later else ""
    if form == "two" and len(later) > 1:
        other = chance.pick([step for step in later if step != at])
        return (at, what), (other, '"other"')
    return {"general": (("", what),), "at": ((at, what),)}.get(form, (("", '"other"'), (at, what)))


def _suppress(chance: Chance, key: tuple[str, ...]) -> str | None:
    if not chance.yes(0.14):
        return None
    span = chance.number(3, 20)
    by = f" by {key[0].rstrip('?')}" if key and chance.yes(0.5) else ""
    maximum = f" max {chance.number(2, 3)}" if chance.yes(0.5) else ""
    return f"for {'nine' if span == 9 else f'{span}ms'}" + by + maximum


def _limit(chance: Chance, items: tuple[Item, ...]) -> int | None:
    """A small cap in some; where branching asks for one, sometimes one that is never reached."""
    branching = any(_branches(item) for item in items)
    if chance.yes(0.25 if branching else 0.06):
        return chance.number(2, 4)
    return 10_000 if branching else None


def _branches(item: Item) -> bool:
    if item.mode == "any" or "combinations" in getattr(item.node, "modes", ()):
        return True
    match item.node:
        case Group(items=items):
            return any(_branches(inner) for inner in items)
        case Either(alternatives=alternatives):
            return any(_branches(inner) for items in alternatives for inner in items)
        case AllOf(members=members):
            return any("combinations" in member.modes for member in members if isinstance(member, Step))
    return False
