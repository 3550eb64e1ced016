"""What a branch that went on because an absence held means for the others with the same bindings."""

from __future__ import annotations

from dataclasses import replace

from tests.oracle.places import Alternative, Awaited, Frame, StepPlace, Thread, TimerPlace


def rejoined(held: list[Thread], moved: list[Thread], others: list[Thread]) -> list[Thread]:
    """All threads, after `held` have gone on as `moved`: every branch is guarded by the absences that another with the
    same bindings has come to, and the step that the bindings lack is no longer one of the alternative passed over."""
    threads = [*others, *moved]
    return [_told(thread, [m for m in moved if m.bindings == thread.bindings], held, threads) for thread in threads]


def _told(thread: Thread, same: list[Thread], held: list[Thread], threads: list[Thread]) -> Thread:
    if not same:
        return thread
    guards = tuple(dict.fromkeys((*thread.guards, *(armed for other in same for armed in other.guards))))
    passed = [t.place.frame for t in held if isinstance(t.place, TimerPlace) and t.bindings == thread.bindings]
    if not passed:
        return replace(thread, guards=guards)
    lacking: list[Awaited] = [other.awaited for other in same if other.awaited is not None]
    for other in threads:
        if other.bindings == thread.bindings and isinstance(other.place, StepPlace) and other not in same:
            node = other.place.node
            if not any(_is_beside(other.place.frame, frame) for frame in passed):
                lacking.append((True, node.order, node.step.name))
    return replace(thread, guards=guards, awaited=min(lacking, default=thread.awaited))


def _is_beside(frame: Frame, passed: Frame) -> bool:
    """Whether a place is inside another alternative of the alternation in which an absence has held."""
    assert isinstance(passed, Alternative)
    while frame is not None:
        if isinstance(frame, Alternative) and frame.either is passed.either and frame.entered == passed.entered:
            return True
        frame = frame.outer
    return False
