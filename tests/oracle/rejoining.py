"""What a branch that went on because an absence held means for the others with the same bindings."""

from __future__ import annotations

from dataclasses import replace

from tests.oracle.places import Awaited, Thread, TimerPlace


def rejoined(held: list[Thread], moved: list[Thread], others: list[Thread]) -> list[Thread]:
    """All threads, after `held` have gone on as `moved`: every branch is guarded by the absences, the next event's too,
    that another with the same bindings has come to, and the step that the bindings lack is no longer one of the
    alternative passed over."""
    return [_told(thread, [m for m in moved if m.bindings == thread.bindings], held) for thread in (*others, *moved)]


def _told(thread: Thread, same: list[Thread], held: list[Thread]) -> Thread:
    if not same:
        return thread
    guards = tuple(dict.fromkeys((*thread.guards, *(armed for other in same for armed in other.guards))))
    nexts = tuple(dict.fromkeys((*thread.nexts, *(armed for other in same for armed in other.nexts))))
    if not any(isinstance(t.place, TimerPlace) and t.bindings == thread.bindings for t in held):
        return replace(thread, guards=guards, nexts=nexts)
    lacking: list[Awaited] = [other.awaited for other in same if other.awaited is not None]
    return replace(thread, guards=guards, nexts=nexts, awaited=min(lacking, default=None))
