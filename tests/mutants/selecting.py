"""Slips in selection, order, suppression, reports and time-outs."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

SELECTION = "engine/selection.py"
ORDERING = "engine/ordering.py"
SUPPRESS = "engine/suppress.py"
TIMEOUTS = "engine/timeouts.py"
MACHINE = "engine/machine.py"
FOLLOWING = "engine/following.py"

SELECTING = (
    Mutant(
        "skip past last off by one",
        SELECTION,
        "return lambda first: first[:5] <= last",
        "return lambda first: first[:5] < last",
    ),
    Mutant(
        "skip to next leaves its own start",
        SELECTION,
        "return lambda first: first[:5] == own",
        "return lambda first: False",
    ),
    Mutant(
        "skip to first and to last mixed up",
        SELECTION,
        'if machine.skip == "first" else',
        'if machine.skip == "last" else',
    ),
    Mutant(
        "skip to a step off by one",
        SELECTION,
        "return lambda first: first[:5] < cut",
        "return lambda first: first[:5] <= cut",
    ),
    Mutant(
        "start order waits for its own start",
        SELECTION,
        "earliest.rec[:5] < run.start.rec[:5]",
        "earliest.rec[:5] <= run.start.rec[:5]",
    ),
    Mutant(
        "start order waits for nobody",
        SELECTION,
        "earliest.rec[:5] < run.start.rec[:5]",
        "False",
        needs=r"in start order",
    ),
    Mutant(
        "start order sorts by the last event",
        SELECTION,
        "key=lambda held: held[0].start.rec[:5],",
        "key=lambda held: held[0].rec[:5],",
        needs=r"in start order",
    ),
    Mutant(
        "held matches survive a skip",
        SELECTION,
        "[h for h in keyed.done if not drop(h[0].start.rec) or is_kept(keyed, h[0])]",
        "list(keyed.done)",
    ),
    Mutant(
        "matches that complete together survive a skip",
        SELECTION,
        "[other for other in complete if not drop(other.start.rec) or is_kept(keyed, other)]",
        "list(complete)",
    ),
    Mutant(
        "runs survive a skip",
        SELECTION,
        "drop_start(keyed, start)\n            elif",
        "start.matched = False\n            elif",
    ),
    Mutant("matches told twice", SELECTION, "for run in distinct(complete) if", "for run in complete if"),
    Mutant("skip leaves the elements of a window", SELECTION, "window.drop(gone)", "window.drop(0)"),
    Mutant(
        "skip over windows stops at the first start left",
        SELECTION,
        "elif not machine.unsorted:",
        "elif machine.index >= 0:",
        net="cases",
    ),
    Mutant(
        "prefix before the longer sequence",
        ORDERING,
        "(*(link.rec[:5] for link in links), AFTER_ALL)",
        "tuple(link.rec[:5] for link in links)",
    ),
    Mutant(
        "steps in reverse order", ORDERING, "tuple(link.step for link in links)", "tuple(-link.step for link in links)"
    ),
    Mutant("latest start first", ORDERING, "key=lambda pair: pair[0])", "key=lambda pair: pair[0], reverse=True)"),
    Mutant(
        "the shortest counts as the longest",
        ORDERING,
        "return -len(chain(run)), written_order(run)",
        "return len(chain(run)), written_order(run)",
    ),
    Mutant(
        "suppress window inclusive",
        SUPPRESS,
        "if window is not None and time < window.since + self.within:",
        "if window is not None and time <= window.since + self.within:",
    ),
    Mutant(
        "suppress maximum off by one", SUPPRESS, "if window.passed < self.maximum:", "if window.passed <= self.maximum:"
    ),
    Mutant(
        "number held back forgotten with the window",
        SUPPRESS,
        "time < window.since + 2 * self.within else 0",
        "time < window.since + self.within else 0",
    ),
    Mutant(
        "suppress forgets a window too early",
        SUPPRESS,
        "end = window.since + self.within",
        "end = window.since",
    ),
    Mutant(
        "time-outs and matches throttled together",
        MACHINE,
        "self.throttle.ask((kind, keyed.key, values), time)",
        "self.throttle.ask((keyed.key, values), time)",
    ),
    Mutant(
        "suppress without its key",
        MACHINE,
        "self.throttle.ask((kind, keyed.key, values), time)",
        "self.throttle.ask((kind, values), time)",
    ),
    Mutant(
        "suppress by the first event's time",
        MACHINE,
        "self.throttle.ask((kind, keyed.key, values), time)",
        "self.throttle.ask((kind, keyed.key, values), links[0].rec[0])",
    ),
    Mutant("matched events still time out", MACHINE, "start.matched = True", "start.matched = False"),
    Mutant("a reported match times out", MACHINE, "run.reported = True", "run.reported = False"),
    Mutant("time-out told twice", TIMEOUTS, "start.timed_out = True", "start.timed_out = False"),
    Mutant(
        "time-outs of each path",
        TIMEOUTS,
        "ways.setdefault(events_of(run), []).append(run)",
        "ways.setdefault((*events_of(run), (id(run), ())), []).append(run)",
        net="cases",
    ),
    Mutant(
        "time-out of the shortest run",
        TIMEOUTS,
        "longest_first(run) < longest_first(known)",
        "longest_first(run) > longest_first(known)",
    ),
    Mutant(
        "time-out waits for an optional step",
        TIMEOUTS,
        "if w.target >= 0 and is_mandatory(run, w))",
        "if w.target >= 0)",
    ),
    Mutant("time-out by another step's clause", TIMEOUTS, "if c.at == at)", "if c.at != at)"),
    Mutant(
        "general time-out clause first", TIMEOUTS, "if c.at == at)", "if c.at in (at, None))", needs=r"on timeout at"
    ),
    Mutant(
        "final report while the loop is open",
        FOLLOWING,
        "if not may_grow(keyed, growth, ending):",
        "if growth.latest:",
        "full",
    ),
    Mutant(
        "final report of the first prefix",
        FOLLOWING,
        "            if longest_first(run) < longest_first(growth.latest):",
        "            if growth.latest is None:",
        "full",
    ),
    Mutant("revision not counted", FOLLOWING, "followed.revision += 1", "followed.revision += 0", "full"),
    Mutant(
        "followed match never closed",
        FOLLOWING,
        "tell(machine, keyed, followed, closed=False)",
        "tell(machine, keyed, followed, closed=True)",
        "full",
    ),
)
