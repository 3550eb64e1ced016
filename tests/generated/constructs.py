"""Every construct of sections 2 to 4 of the language page, and which of them a drawn pair uses, for the statistics.

`CONSTRUCTS` is the whole list: a construct that no pair uses has a share of nothing, and so cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tests.generated.draft import Absence, AllOf, Either, Group, Item, Node, Rule, Step
from tests.generated.edges import EDGES, edges
from tests.generated.expected import judged
from tests.generated.expressions import EXPRESSIONS
from tests.generated.pairs import Pair, checked
from tests.generated.sequences import may_be_empty

CLAUSES = (
    "key", "composite key", "no key", "null as key", "key of a step", "key of a step by its part",
    "null as key of a step",
    "two roles", "header within", "unbounded", "over", "cancel on", "on timeout", "on timeout at", "two on timeout",
    "skip past last (default)", "skip past last", "skip to next", "skip to first", "skip to last", "skip nothing",
    "in start order", "report early", "report final", "report updates", "let", "emit", "no emit",
    "emit a field by its name", "suppress", "suppress by", "suppress max", "limit runs", "limit runs in branching",
    "span by a param",
)  # fmt: skip

SEQUENCES = (
    "single", "then", "then next", "then any", "gap within", "gap after", "gap within and after",
    "?", "+", "*", "{2}", "{3}", "{2,}", "{2,3}", "{2,5}", "{1,3}", "{0,2}",
    "consecutive", "greedy", "combinations", "until", "loop span", "loop span and until", "until of its own loop",
    "threshold", "threshold with a span", "threshold in the header's span", "threshold of two conditions",
    "without middle", "without middle with span", "without next middle", "without trailing with span",
    "without trailing in the header's span", "without next trailing", "without leading",
    "without leading of the first step", "two without", "without of a bound step",
)  # fmt: skip

NESTED = (
    "group once", "group ?", "group +", "group *", "group {2}", "group {2,3}", "group {1,2}", "group {2,}",
    "group consecutive", "group combinations", "group within", "group until", "group in a group",
    "group with an optional part", "loop in a looped group", "step of the same iteration", "without in a group",
    "either", "either of three", "either of sequences", "either within", "absence in either",
    "all of", "at least", "all of within", "absence in all of", "absence in at least", "threshold in all of",
    "{n} in all of", "{n} in at least", "then next before a group", "then any before a group",
    "gap within before a group", "gap after before a group",
)  # fmt: skip

LOGS = (
    "late events", "order by", "out of order", "ties", "nulls", "null key", "gaps", "several keys", "several types",
    "watermark short of the end", "two partitions of a topic", "two topics", "a partition alone in being late",
)  # fmt: skip

CONSTRUCTS = (*CLAUSES, *SEQUENCES, *NESTED, *EDGES, *LOGS, *EXPRESSIONS)


def used(pair: Pair) -> frozenset[str]:
    """The constructs in a pair."""
    return _of_all_but_log(pair.rule) | set(_of_log(pair))


@lru_cache(maxsize=8)
def _of_all_but_log(rule: Rule) -> frozenset[str]:
    text = rule.text()
    expressions = (name for name, pattern in EXPRESSIONS.items() if pattern.search(text))
    return frozenset((*_of_rule(rule), *_of_items(rule.items, leading=True), *edges(rule.items), *expressions))


def _of_rule(rule: Rule) -> Iterator[str]:
    skip = (rule.skip or "past last (default)").removesuffix(" in start order")
    yield "skip " + " ".join(skip.split()[:2] if skip.startswith("to") else [skip])
    yield {0: "no key", 1: "key"}.get(len(rule.key), "composite key")
    text = rule.text()
    branching = " any " in text or "combinations" in text
    suppress = rule.suppress or ""
    optional = {
        "in start order": rule.skip is not None and "in start order" in rule.skip,
        "null as key": any(part.endswith("?") for part in rule.key),
        "two roles": len({by for by in ("src", "dst") if re.search(rf"by \(?(k = )?{by}\b", text)}) == 2,
        "header within": rule.within is not None,
        "unbounded": rule.within is None,
        "over": bool(rule.over),
        "cancel on": rule.cancel is not None,
        "on timeout": any(not at for at, _ in rule.timeouts),
        "on timeout at": any(at for at, _ in rule.timeouts),
        "two on timeout": len(rule.timeouts) == 2,
        f"report {rule.report}": rule.report is not None,
        "let": bool(rule.lets),
        "emit": bool(rule.fields),
        "no emit": not rule.fields,
        "emit a field by its name": any(not name for name, _ in rule.fields),
        "suppress": bool(suppress),
        "suppress by": " by " in suppress,
        "suppress max": " max " in suppress,
        "limit runs": rule.limit_runs is not None and rule.limit_runs < 10_000,
        "limit runs in branching": branching and rule.limit_runs is not None and rule.limit_runs < 10_000,
        "span by a param": " nine" in text,
    }
    yield from (name for name, there in optional.items() if there)


# ---------------------------------------------------------------- sequences


def _of_items(items: tuple[Item, ...], leading: bool = False, looped: frozenset[str] = frozenset()) -> Iterator[str]:
    """The constructs of a sequence; `looped`: the steps of the innermost looped group around it."""
    for number, item in enumerate(items):
        if number and not isinstance(item.node, Absence):
            yield from _of_link(item)
        if isinstance(item.node, Absence):
            begins, ends = leading and number == 0, leading and number == len(items) - 1
            yield from _of_absence(item.node, "leading" if begins else "trailing" if ends else "middle")
            if number and isinstance(items[number - 1].node, Absence):
                yield "two without"
        else:
            yield from _of_node(item.node, looped)


def _of_link(item: Item) -> Iterator[str]:
    found = [f"then {item.mode}".strip()] if item.mode or isinstance(item.node, Step) else ["then"]
    found += ["gap within"] if item.within is not None else []
    found += ["gap after"] if item.after is not None else []
    yield from found
    if len(found) == 3:
        yield "gap within and after"
    if not isinstance(item.node, Step):
        yield from (f"{name} before a group" for name in found if name != "then")


def _of_absence(absence: Absence, where: str) -> Iterator[str]:
    yield from _of_key(absence.by)
    refers = re.search(r"\bp\d", " ".join(absence.where)) is not None
    if refers:
        yield "without leading of the first step" if where == "leading" else "without of a bound step"
    if absence.next:
        yield f"without next {where}"
    elif where == "trailing":
        yield "without trailing with span" if absence.within is not None else "without trailing in the header's span"
    else:
        yield f"without {where}"
        if where == "middle" and absence.within is not None:
            yield "without middle with span"


def _of_step(step: Step, looped: frozenset[str]) -> Iterator[str]:
    yield from _of_key(step.by)
    yield from step.modes
    if looped & set(re.findall(r"\bp\d+", " ".join(step.where))):
        yield "step of the same iteration"
    if step.having:
        yield "threshold"
        yield "threshold with a span" if step.within is not None else "threshold in the header's span"
        if " and " in step.having:
            yield "threshold of two conditions"
        return
    yield step.quantifier or "single"
    if step.until:
        yield from _of_key(step.until.by)
        yield "until"
        if {"count() >= 2", "sum(v) > 2", "v >= last(v)"} & set(step.until.where):
            yield "until of its own loop"
    if step.within is not None:
        yield "loop span and until" if step.until else "loop span"


def _of_key(by: str | None) -> Iterator[str]:
    if by:
        yield "key of a step"
        if "=" in by:
            yield "key of a step by its part"
        if "?" in by:
            yield "null as key of a step"


# ---------------------------------------------------------------- what nests


def _of_node(node: Node, looped: frozenset[str]) -> Iterator[str]:
    match node:
        case Step():
            yield from _of_step(node, looped)
        case Group():
            yield from _of_group(node, looped)
        case Either(alternatives=alternatives, within=within):
            yield "either"
            yield from ["either within"] if within is not None else []
            yield from ["either of three"] if len(alternatives) > 2 else []
            for items in alternatives:
                absent = isinstance(items[0].node, Absence)
                yield from ["absence in either"] if absent else _of_items(items, looped=looped)
                yield from ["either of sequences"] if len(items) > 1 else []
        case AllOf():
            yield from _of_all(node, looped)


def _of_group(group: Group, around: frozenset[str]) -> Iterator[str]:
    yield f"group {group.quantifier or 'once'}"
    yield from (f"group {mode}" for mode in group.modes)
    is_looped = group.quantifier not in ("", "?")
    optional = {
        "group within": group.within is not None,
        "group until": group.until is not None,
        "group in a group": any(isinstance(item.node, Group) for item in group.items),
        "group with an optional part": any(
            may_be_empty(item.node) and not isinstance(item.node, Absence) for item in group.items
        ),
        "without in a group": any(isinstance(item.node, Absence) for item in group.items),
        "loop in a looped group": is_looped
        and any(isinstance(item.node, Step) and item.node.quantifier not in ("", "?") for item in group.items),
    }
    yield from (name for name, there in optional.items() if there)
    inside = frozenset(re.findall(r"\bp\d+(?=:)", group.text()))
    yield from _of_items(group.items, looped=inside if is_looped else around)


def _of_all(node: AllOf, looped: frozenset[str]) -> Iterator[str]:
    name = "all of" if node.need is None else "at least"
    yield name
    if node.within is not None:
        yield "all of within"
    for member in node.members:
        if isinstance(member, Absence):
            yield f"absence in {name}"
            continue
        yield from ["threshold in all of"] if member.having else []
        yield from [f"{{n}} in {name}"] if member.quantifier else []
        yield from _of_step(member, looped)


# ---------------------------------------------------------------- logs


def _of_log(pair: Pair) -> Iterator[str]:
    log = pair.log
    times = [sent.time for sent in log.events]
    late = [event.at for event, is_late in judged(log, checked(pair.text)) if is_late]
    topics = {topic for topic, _ in log.places}
    keys = {sent.data.get("k", sent.data.get("src")) for sent in log.events}
    optional = {
        "late events": bool(late),
        "order by": pair.declarations.order is not None,
        "out of order": times != sorted(times),
        "ties": len(set(times)) < len(times),
        "gaps": any(after - before >= 5 for before, after in zip(sorted(times), sorted(times)[1:], strict=False)),
        "nulls": any(None in sent.data.values() for sent in log.events),
        "null key": None in keys,
        "several keys": len(keys - {None}) > 1,
        "several types": len({sent.event for sent in log.events}) > 1,
        "watermark short of the end": log.end is not None,
        "two partitions of a topic": len(log.places) > len(topics),
        "two topics": len(topics) > 1,
        "a partition alone in being late": len(log.places) > 1 and bool(late),
    }
    yield from (name for name, there in optional.items() if there)
