"""Random rules: a pattern and the clauses around it."""

from __future__ import annotations

from random import Random

from tests.generated import conditions
from tests.generated.conditions import Known
from tests.generated.draft import Absence, Declarations, Group, Item, Rule, Step
from tests.generated.patterns import PatternDrawer

KEYS = (("k",),) * 12 + (("k?",),) * 2 + (("k", "g"),) * 3 + ((),) * 3
SKIPS = ("past", "past", "default", "next", "first", "last", "first", "nothing", "nothing", "nothing")


def declarations(rng: Random) -> Declarations:
    """Lateness and tie-breaking."""
    lateness = rng.choice((0, 0, 0, 3, 6))
    if rng.random() < 0.25:
        return Declarations(
            lateness, rng.choice(("n", "n desc", "n, v desc")), rng.choice((("A", "B", "C", "T"), ("A", "B")))
        )
    return Declarations(lateness)


def rule(rng: Random, full: bool) -> Rule:
    """A rule; in some, what it says is refused by the checker, and the drawing has to be repeated."""
    key = rng.choice(KEYS)
    within = rng.randint(6, 40) if rng.random() < 0.75 else None
    drawer = PatternDrawer(rng, key, within, full)
    items = drawer.items(rng.choice((1, 2, 2, 2, 3, 3, 4)))
    cancel = drawer.guard() if rng.random() < 0.12 else None
    skip = _skip(rng, items)
    lets, fields = _outputs(rng, drawer.known, key)
    return Rule(
        key=key,
        within=within,
        items=items,
        over=(rng.choice("ABC"),) if rng.random() < 0.15 and "T" not in key else (),
        cancel=cancel,
        skip=skip,
        report=_report(rng, items, skip) if full else None,
        lets=lets,
        fields=fields,
        timeouts=_timeouts(rng, items, drawer.known),
        suppress=_suppress(rng, key),
        limit_runs=10_000 if full else 3 if rng.random() < 0.06 else None,
    )


def _skip(rng: Random, items: tuple[Item, ...]) -> str | None:
    kind = rng.choice(SKIPS)
    if kind == "default":
        return None
    if kind == "nothing":
        return "nothing"
    certain = _certain(items)
    if kind in ("first", "last") and not certain:
        kind = "past"
    text = {"past": "past last", "next": "to next"}.get(kind) or f"to {kind} {rng.choice(certain)}"
    return text + (" in start order" if rng.random() < 0.3 else "")


def _certain(items: tuple[Item, ...]) -> list[str]:
    """Steps that every match binds."""
    found = []
    for item in items:
        if isinstance(item.node, Step) and item.node.quantifier not in ("?", "*", "{0,2}"):
            found.append(item.node.name)
        elif isinstance(item.node, Group) and item.node.quantifier not in ("?", "*"):
            found += _certain(item.node.items)
    return found


def _report(rng: Random, items: tuple[Item, ...], skip: str | None) -> str | None:
    last = items[-1].node
    trailing = isinstance(last, Step) and (last.quantifier != "" or last.having is not None)
    if not trailing or skip == "nothing" or rng.random() < 0.6:
        return None
    return rng.choice(("early", "final", "updates"))


def _outputs(
    rng: Random, known: list[Known], key: tuple[str, ...]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    if rng.random() < 0.3 or not known:
        return (), ()
    lets: tuple[tuple[str, str], ...] = ()
    fields = [(f"f{i}", conditions.output(rng, rng.choice(known))) for i in range(rng.randint(1, 3))]
    if key and rng.random() < 0.3:
        fields.append(("the_key", key[0].rstrip("?")))
    if rng.random() < 0.2:
        lets = (("told", conditions.output(rng, rng.choice(known))),)
        fields.append(("told", "told"))
    return lets, tuple(fields)


def _timeouts(rng: Random, items: tuple[Item, ...], known: list[Known]) -> tuple[tuple[str, str], ...]:
    roll = rng.random()
    if roll < 0.5:
        return ()
    what = f"count({known[0].name})" if known and known[0].kind == "many" else '"over"'
    steps = [i.node for i in items if isinstance(i.node, Step) and not isinstance(i.node, Absence)]
    if roll < 0.8 or len(steps) < 2:
        return (("", what),)
    at = rng.choice(steps).name
    return ((at, what),) if rng.random() < 0.6 else (("", '"other"'), (at, what))


def _suppress(rng: Random, key: tuple[str, ...]) -> str | None:
    if rng.random() < 0.9:
        return None
    maximum = f" max {rng.randint(2, 3)}" if rng.random() < 0.4 else ""
    return f"for {rng.randint(3, 20)}ms" + (f" by {key[0].rstrip('?')}" if key and rng.random() < 0.5 else "") + maximum
