"""Windows of threshold steps at run time; called by generated step functions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any

from cep.engine.record import Record
from cep.engine.run import Keyed, Run, Start, Window
from cep.engine.totals import FEW

Having = Callable[..., int]
"""`having(run, key, window, floor, ceiling)`: index of the first element of the shortest run that holds, or -1."""


def head_window(
    keyed: Keyed, wait: int, rec: Record, span: int | None, having: Having, hindered: bool = False
) -> list[Record]:
    """An event fits a threshold at the head of a rule: the elements it completes, or nothing.

    `hindered`: a leading `without` does not let it begin a match; what it looks back at need not be kept for that.
    """
    if keyed.windows is None:
        keyed.windows = {}
    window = keyed.windows.get(wait)
    if window is None:
        window = keyed.windows[wait] = Window()
    add(window, rec, span)
    if hindered:
        window.barred.append(rec)
    found = search(window, None, keyed.key, having)
    if span is not None:
        keyed.machine.schedule(keyed)
    return found


def cancel_window(keyed: Keyed, wait: int, rec: Record) -> None:
    """`cancel on` was hit by `rec`: a window at the head ends, unless it took that very event."""
    windows = keyed.windows or {}
    if wait in windows and windows[wait].recs[-1] is not rec:
        del windows[wait]


def cancel_run(keyed: Keyed, run: Run, rec: Record, places: tuple[tuple[int, int, int | None], ...]) -> None:
    """`cancel on` was hit by `rec`: the run waits on only at thresholds that took that very event, for matches that
    contain it. `places`: mask, window, span of each wait."""
    kept = sum(group.owes(keyed, run, rec) for group in keyed.machine.code.groups)
    for bit, wait, span in places:
        window = window_of(run, wait) if run.live & bit else None
        if window is not None and window.recs[-1] is rec:
            close_window(keyed, run, wait, keyed.machine.code.variants.mask(bit.bit_length() - 1), span, rec[0])
            kept |= bit
    if kept:
        run.live &= kept
    else:
        keyed.kill(run)


def run_window(
    run: Run,
    wait: int,
    rec: Record,
    span: int | None,
    after: int,
    within: int | None,
    strict: bool,
    having: Having,
    key: tuple[object, ...],
) -> list[Record]:
    """An event fits a threshold that a run waits for: the elements it completes, or nothing.

    `after` and `within` are the gap from the last event bound to the first element; `strict`: the first element must
    be the very next event the rule sees.
    """
    last = run.rec[0]
    if run.windows is None:
        run.windows = {}
    window = run.windows.get(wait)
    if window is None:
        if rec[0] - last < after:
            return []
        window = run.windows[wait] = Window()
    add(window, rec, span)
    if strict and window.starts is None:
        window.starts = 1
    in_time = None if within is None else bisect_right(window.recs, last + within, key=lambda element: element[0])
    return search(window, run, key, having, in_time)


def add(window: Window, rec: Record, span: int | None) -> None:
    """A new element; those that no longer fit into the span with it go."""
    if window.recs and window.recs[-1] is rec:
        # The run waits for this step in two ways, as in a loop inside a loop.
        return
    if span is not None:
        window.expire(rec[0] - span)
    window.recs.append(rec)


def search(
    window: Window, run: Run | None, key: tuple[object, ...], having: Having, in_time: int | None = None
) -> list[Record]:
    """The shortest run of elements that ends with the newest, holds, and may begin where it begins: among the oldest
    `in_time` elements (None: any), before an absence closed the window, at none that is barred."""
    reach = getattr(having, "reach", None)
    if reach is not None and len(window.recs) > FEW and not reach(run, key, window):
        return []
    ceiling = len(window.recs) if window.starts is None else window.starts
    if in_time is not None:
        ceiling = min(ceiling, in_time)
    first = having(run, key, window.recs, 0, ceiling)
    if first < 0 or any(window.recs[first][:5] == barred[:5] for barred in window.barred):
        return []
    return window.recs[first:]


def window_of(run: Run, wait: int) -> Window | None:
    """The window of a run for a threshold, if it holds elements."""
    window = None if run.windows is None else run.windows.get(wait)
    return window if window is not None and window.recs else None


def limit_window(keyed: Keyed, run: Run, wait: int, bits: int, span: int | None) -> None:
    """No later element may begin a match: the wait ends when the span of the last that may has passed."""
    first = last_start(run, wait, None)
    if first is not None and span is not None:
        keyed.machine.timers.push(first + span, keyed, run, bits)


def close_window(keyed: Keyed, run: Run, wait: int, bits: int, span: int | None, now: int) -> bool:
    """An armed absence was hit at event time `now`: elements so far may still begin a match, later ones not. False if
    there are none whose span is still open."""
    window = window_of(run, wait)
    if window is None:
        return False
    if span is not None:
        window.expire(now - span)
    window.starts = len(window.recs) if window.starts is None else min(window.starts, len(window.recs))
    limit_window(keyed, run, wait, bits, span)
    return window.starts > 0


def last_start(run: Run, wait: int, gap: int | None) -> int | None:
    """The time of the latest element that may begin a match, with a gap of at most `gap` before it."""
    window = window_of(run, wait)
    if window is None:
        return None
    starts = len(window.recs) if window.starts is None else window.starts
    while gap is not None and starts and window.recs[starts - 1][0] - run.rec[0] > gap:
        starts -= 1
    return window.recs[starts - 1][0] if starts else None


def tell_windows(keyed: Keyed, bound: set[tuple[Any, ...]]) -> None:
    """Events of a report: a later match or time-out that begins with one of them is told no more time-outs of."""
    for window in (*(keyed.windows or {}).values(), *gathered_windows(keyed)):
        window.told += [rec for rec in window.recs if rec[:5] in bound]


def gathered_windows(keyed: Keyed) -> Iterator[Window]:
    """The windows of runs that may begin earlier than with what they have bound."""
    if keyed.machine.code.heads:
        for run in keyed.live_runs():
            for parts in (run.parts or {}).values():
                if parts.base is None:
                    yield from parts.windows.values()


def begin(keyed: Keyed, wait: int, found: list[Record], start: Start | None) -> Start:
    """The start of a match that a head window has completed: what begins alike shares it while it is open. `start`: of
    what this event has begun."""
    if start is not None and start.rec is found[0]:
        return start
    for known in reversed(keyed.order):
        if known.rec is found[0] and not known.dropped:
            return known
    start = Start(found[0])
    if keyed.windows and any(rec is found[0] for rec in keyed.windows[wait].told):
        start.timed_out = True
    return start


def bind(
    take: Callable[[Any, Record], Run],
    extend: Callable[[Run, Record], Run],
    before: Run | Start,
    found: list[Record],
) -> Run:
    """The run that has bound the elements found."""
    run = take(before, found[0])
    for rec in found[1:]:
        run = extend(run, rec)
    return run
