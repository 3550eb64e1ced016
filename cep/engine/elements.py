"""Elements of loops, read back from the chain of a run; called by generated guards."""

from __future__ import annotations

from typing import Any

from cep.engine.run import Keyed, Run


def visited(run: Run, step: int, count: int) -> list[Any]:
    """The data of the last `count` elements of a loop, oldest first."""
    found: list[Any] = []
    link: Run | None = run
    while link is not None and len(found) < count:
        if link.step == step:
            found.append(link.rec[6])
        link = link.parent
    found.reverse()
    return found


def previous(run: Run, step: int, back: int, count: int) -> Any:
    """The data of the element `back` places before the candidate, None where the loop holds fewer."""
    if count < back:
        return None
    return visited(run, step, back)[0]


def iterated(run: Run, step: int, clearing: tuple[int, ...]) -> list[Any]:
    """The data bound to a step in the present iteration of its group; `clearing` are the edges that begin one."""
    found: list[Any] = []
    link: Run | None = run
    while link is not None:
        if link.step == step:
            found.append(link.rec[6])
        if link.via in clearing:
            break
        link = link.parent
    found.reverse()
    return found


def bound(run: Run, step: int) -> list[Any]:
    """The data of everything bound to a step, oldest first."""
    return iterated(run, step, ())


def together(waits: list[Any], indices: tuple[int, ...], mask: int) -> list[Run]:
    """The runs that wait at any of the places `indices`, whose bits are `mask`; each once."""
    return list({id(run): run for index in indices for run in waits[index] if run.live & mask}.values())


def close(keyed: Keyed, run: Run, bits: int) -> None:
    """Close waits that were taken together."""
    if run.live & bits:
        run.live &= ~bits
        if not run.live:
            keyed.end(run)
