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
    waits: list[Edge] = []
    for draft in sorted(drafts, key=lambda d: d.source):
        waits += with_twins(draft, len(waits), closable, windowed)
    waits = [replace(w, window=o if w.target in windowed else -1) for w, o in zip(waits, origins(waits), strict=True)]
    twins = {t for w in waits for t in (w.twin, w.closed, w.late, w.passed) if t is not None}
    return watched(waits, twins), twins


def origins(waits: list[Edge]) -> list[int]:
    """For each wait the one as written that it is left of, itself if it is none; those left follow behind it."""
    found = list(range(len(waits)))
    for wait in waits:
        for left in (wait.twin, wait.closed, wait.late, wait.passed):
            if left is not None:
                found[left] = found[wait.index]
    return found


def bar(drafts: list[Draft]) -> None:
    """A hit of `without next` ends the whole run, also when the wait it stands before has run out."""
    limited = [d for d in drafts if d.nexts and d.source >= 0 and (d.gap_within is not None or d.spans)]
    for draft in drafts:
        others = [other for other in limited if other.source == draft.source and other is not draft]
        if draft.kind not in ("due", "after_next"):
            draft.barred = tuple((n, o.conditions) for o in others for n in o.nexts if n not in draft.nexts)


def with_twins(draft: Draft, index: int, closable: frozenset[int], windowed: frozenset[int]) -> list[Edge]:
    """The edge, followed by the waits that are left of it: once its `nexts` have been passed, and once an `until` has
    closed a greedy loop; last, what an absence that holds leads to when it holds late.

    A trailing pair of `without next` and `without … within` is complete when the next event has come and the deadline
    has passed, in either order.
    """
    if draft.early:
        edges = with_twins(replace(draft, early=()), index, closable, windowed)
        edges[0] = replace(edges[0], passed=index + len(edges))
        behind = tuple(n for n in draft.nexts if n not in draft.early)
        return edges + with_twins(replace(draft, nexts=behind, early=()), index + len(edges), closable, windowed)
    edges = [frozen(draft, index)]
    left = past_next(draft, windowed)
    if left is not None:
        edges[0] = replace(edges[0], twin=index + 1)
        edges += with_twins(left, index + 1, closable, windowed)
        # The very next event may close the loop as well.
        edges[0] = replace(edges[0], closed=edges[1].closed)
        if draft.kind == "after_next":
            edges[0] = replace(edges[0], late=index + len(edges))
            edges.append(frozen(replace(draft, absences=()), edges[0].late or 0))
        return edges
    greedy = tuple(g for g in draft.greedy if g not in closable)
    lasts = draft.contiguity != "next" or draft.target in windowed
    if greedy != draft.greedy and draft.source >= 0 and lasts:
        edges[0] = replace(edges[0], closed=index + 1)
        edges.append(frozen(replace(draft, greedy=greedy), index + 1))
    return edges


def past_next(draft: Draft, windowed: frozenset[int]) -> Draft | None:
    """What is left of a wait after the very next event. A window that this event has begun is filled by later ones."""
    if not draft.nexts and not draft.barred:
        return None
    if draft.kind == "after_next":
        return replace(draft, kind="due", nexts=()) if draft.absences else None
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
        guarded=tuple((index, ()) for index in draft.watched),
    )


def watched(waits: list[Edge], twins: set[int]) -> list[Edge]:
    """Every branch of a run is guarded by each absence that one of its branches has on the way (LANGUAGE 4.7)."""
    result = []
    for wait in waits:
        others = [w for w in waits if w.source == wait.source and w.index not in twins]
        found: dict[int, list[tuple[Condition, ...]]] = {}
        for other in others:
            for absence in other.absences:
                found.setdefault(absence, []).append(other.conditions)
        known = {*wait.absences, *(index for index, _ in wait.guarded)}
        guarded = wait.guarded + tuple(
            (absence, when)
            for absence, ways in found.items()
            if absence not in known
            for when in ([()] if () in ways else dict.fromkeys(ways))
        )
        result.append(replace(wait, guarded=guarded) if wait.source >= 0 and found else wait)
    return result
