"""From drafts to numbered edges: what is left of a wait gets an edge of its own, and what guards it is worked out."""

from __future__ import annotations

from dataclasses import replace

from cep.plan.drafts import Draft
from cep.plan.nfa import Condition, Edge


def numbered(drafts: list[Draft], closable: frozenset[int], windowed: frozenset[int]) -> tuple[list[Edge], set[int]]:
    """The edges by source and in the order written, with their twins, and which of them are twins.

    `closable`: greedy loops that an `until` closes; `windowed`: threshold steps.
    """
    bar(drafts)
    forget(drafts)
    waits: list[Edge] = []
    found = ways(drafts)
    for draft in sorted(drafts, key=lambda d: d.source):
        way = found.get((draft.source, draft.joint, draft.route), 0)
        waits += [replace(wait, way=way) for wait in with_twins(draft, len(waits), closable, windowed)]
    waits = [replace(w, window=o if w.target in windowed else -1) for w, o in zip(waits, origins(waits), strict=True)]
    twins = {left for wait in waits for left in wait.left}
    return watched(waits, twins), twins


def ways(drafts: list[Draft]) -> dict[tuple[int, int | None, tuple[int, ...]], int]:
    """The ways that lead from a source into a group in any order, counted. A run that is inside waits at none."""
    found: dict[tuple[int, int | None, tuple[int, ...]], int] = {}
    counts: dict[tuple[int, int | None], int] = {}
    for draft in drafts:
        way = (draft.source, draft.joint, draft.route)
        if draft.joint is not None and draft.route and way not in found:
            found[way] = counts.get(way[:2], 0)
            counts[way[:2]] = found[way] + 1
    return found


def origins(waits: list[Edge]) -> list[int]:
    """For each wait the one as written that it is left of, itself if it is none; those left follow behind it."""
    found = list(range(len(waits)))
    for wait in waits:
        for left in wait.left:
            found[left] = found[wait.index]
    return found


def bar(drafts: list[Draft]) -> None:
    """A hit of `without next` ends the whole run, also when the wait it stands before has run out."""
    limited = [d for d in drafts if d.nexts and d.source >= 0 and (d.gap_within is not None or d.spans or d.hold)]
    for draft in drafts:
        others = [other for other in limited if other.source == draft.source and other is not draft]
        # of those before an absence the wait for that absence tells
        found = ((n, reached(o)) for o in others for n in o.nexts if n not in draft.nexts and n not in o.early)
        draft.barred = tuple(dict.fromkeys(found))


def forget(drafts: list[Draft]) -> None:
    """Where an absence has held, the next event may have come before: what it was looked at for is then no bar any
    more, other than what the absence has led to itself."""
    holds = {effect.counter for draft in drafts if draft.hold is not None for effect in draft.effects}

    def is_behind(conditions: tuple[Condition, ...]) -> bool:
        return any(condition.counter in holds and (condition.low or 0) > 0 for condition in conditions)

    for draft in drafts:
        draft.led = tuple(bar for bar in draft.barred if is_behind(bar[1]))
        if is_behind(draft.conditions):
            draft.past = tuple(bar for bar in draft.barred if not is_behind(bar[1]))


def reached(draft: Draft) -> tuple[Condition, ...]:
    """When a run has come to a wait; an absence that has held stands there all the same."""
    own = {effect.counter for effect in draft.effects} if draft.hold is not None else set()
    return tuple(condition for condition in draft.conditions if condition.counter not in own)


def with_twins(draft: Draft, index: int, closable: frozenset[int], windowed: frozenset[int]) -> list[Edge]:
    """The edge, followed by the waits that are left of it: once its `nexts` have been passed, and once an `until` has
    closed a greedy loop; last, what an absence that holds leads to when it holds late.

    A trailing pair of `without next` and `without … within` is complete when the next event has come and the deadline
    has passed, in either order.
    """
    edges = with_left(draft, index, closable, windowed)
    past = past_early(draft)
    if past is not None:
        edges[0] = replace(edges[0], passed=index + len(edges))
        edges += with_left(past, index + len(edges), closable, windowed)
    anew = led_anew(draft)
    if anew is not None:
        edges[0] = replace(edges[0], rearmed=index + len(edges))
        edges += with_left(anew, index + len(edges), closable, windowed)
    return edges


def led_anew(draft: Draft) -> Draft | None:
    """The wait of a run that has passed the next event, where an absence then leads it to another `without next`; None
    if that is how it waits in the first place."""
    if not draft.led or draft.kind == "after_next" or not (draft.nexts or len(draft.led) < len(draft.barred)):
        return None
    return replace(draft, nexts=(), early=(), barred=draft.led)


def past_early(draft: Draft) -> Draft | None:
    """The wait that an absence leads to when the next event it looked at had come before."""
    if not draft.early and not draft.past:
        return None
    behind = tuple(n for n in draft.nexts if n not in draft.early)
    return replace(draft, nexts=behind, barred=tuple(b for b in draft.barred if b not in draft.past))


def with_left(draft: Draft, index: int, closable: frozenset[int], windowed: frozenset[int]) -> list[Edge]:
    """The edge, and what is left of it once its `nexts` have been passed, or an `until` has closed a greedy loop."""
    edges = [frozen(draft, index)]
    left = past_next(draft, windowed)
    if left is not None:
        edges[0] = replace(edges[0], twin=index + 1)
        edges += with_left(left, index + 1, closable, windowed)
        # The very next event may close the loop as well.
        edges[0] = replace(edges[0], closed=edges[1].closed)
        if draft.kind == "after_next":
            edges[0] = replace(edges[0], late=index + len(edges))
            edges.append(frozen(replace(draft, absences=()), edges[0].late or 0))
        return edges
    lasts = draft.contiguity != "next" or draft.target in windowed
    for loop in draft.greedy if draft.source >= 0 and lasts else ():
        if loop in closable:
            number = index + len(edges)
            edges[0] = replace(edges[0], closed=(*edges[0].closed, (loop, number)))
            others = tuple(other for other in draft.greedy if other != loop)
            edges += with_left(replace(draft, greedy=others), number, closable, windowed)
    return edges


def past_next(draft: Draft, windowed: frozenset[int]) -> Draft | None:
    """What is left of a wait after the very next event. A window that this event has begun is filled by later ones."""
    if not draft.nexts and not draft.barred:
        return None
    if draft.kind == "after_next":
        return replace(draft, kind="due", nexts=(), barred=()) if draft.absences else None
    if draft.contiguity == "next" and draft.target not in windowed:
        return None
    return replace(draft, nexts=(), barred=())


def frozen(draft: Draft, index: int) -> Edge:
    """The immutable edge."""
    return Edge(
        index=index,
        source=draft.source,
        target=draft.target,
        kind=draft.kind,
        contiguity=draft.contiguity,
        mandatory=draft.mandatory,
        spared=draft.spared,
        conditions=draft.conditions,
        effects=draft.effects,
        opens=draft.opens,
        bases=draft.bases,
        clears=draft.clears,
        gap_within=draft.gap_within,
        gap_after=draft.gap_after,
        spans=draft.spans,
        absences=draft.absences,
        nexts=draft.nexts,
        barred=draft.barred,
        until=draft.until,
        greedy=draft.greedy,
        joint=draft.joint,
        hold=draft.hold,
        guarded=(*((index, ()) for index in draft.watched), *draft.ahead),
    )


def watched(waits: list[Edge], twins: set[int]) -> list[Edge]:
    """Every branch of a run is guarded by each absence that one of its branches has on the way (LANGUAGE 4.7)."""
    early = {
        counter
        for wait in waits
        if wait.hold is not None and wait.hold.base is None
        for counter in (*wait.hold.counters, *(effect.counter for effect in wait.effects))
    }

    def come_to(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
        # that absences of the group have held or were hit takes nothing back of what stands before it
        return tuple(c for c in conditions if c.counter not in early or c.low)

    result = []
    for wait in waits:
        others = [w for w in waits if w.source == wait.source and w.index not in twins]
        found: dict[int, list[tuple[Condition, ...]]] = {}
        for other in others:
            for absence in other.absences:
                found.setdefault(absence, []).append(come_to(other.conditions))
        # one that watches under a condition may watch by another way as well
        known = {*wait.absences, *(index for index, when in wait.guarded if not when)}
        guarded = wait.guarded + tuple(
            (absence, when)
            for absence, ways in found.items()
            if absence not in known
            for when in ([()] if () in ways else dict.fromkeys(ways))
            if (absence, when) not in wait.guarded
        )
        result.append(replace(wait, guarded=guarded) if wait.source >= 0 and found else wait)
    return result
