"""Slips in the snapshot: a field that is forgotten, a deadline that is not set again."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

SNAPSHOT = "engine/snapshot.py"
HELD = "engine/held_events.py"
PARTS = "engine/restoring.py"
BLOB = "engine/blob.py"

RESTORING = (
    Mutant("restored start not matched", SNAPSHOT, "start.matched = begun.matched", "start.matched = False", "restart"),
    Mutant(
        "restored start not timed out",
        SNAPSHOT,
        "start.timed_out = begun.timed_out",
        "start.timed_out = False",
        "restart",
    ),
    Mutant(
        "restored window open to all starts",
        HELD,
        "window.starts = elements.starts",
        "window.starts = None",
        "restart",
        needs=r"(without|next).*having",
    ),
    Mutant(
        "restored window not barred",
        HELD,
        "window.barred = [recs[i] for i in elements.barred]",
        "window.barred = []",
        "restart",
        needs=r"having.*skip to next",
    ),
    Mutant(
        "restored window told of nothing",
        HELD,
        "window.told = [recs[i] for i in elements.told]",
        "window.told = []",
        "restart",
        needs=r"having.*on timeout",
    ),
    Mutant("restored run not reported", SNAPSHOT, "run.reported = node.reported", "run.reported = False", "restart"),
    Mutant(
        "restored run without its windows",
        SNAPSHOT,
        "run.windows = {i: self.window(w) for i, w in node.windows.items()}",
        "pass",
        "restart",
    ),
    Mutant(
        "restored key without held matches",
        SNAPSHOT,
        "keyed.done = [(runs[i], due, now) for i, due, now in blob.done] or None",
        "keyed.done = None",
        "restart",
    ),
    Mutant(
        "restored match without its deadline",
        SNAPSHOT,
        "keyed.done = [(runs[i], due, now) for i, due, now in blob.done] or None",
        "keyed.done = [(runs[i], None, now) for i, due, now in blob.done] or None",
        "restart",
        needs=r"without.*in start order",
    ),
    Mutant(
        "restored key without its history",
        SNAPSHOT,
        "keyed.history = {a: [self.recs[i] for i in hits] for a, hits in blob.history.items()} or None",
        "keyed.history = None",
        "restart full",
    ),
    Mutant(
        "restored key without its windows",
        SNAPSHOT,
        "keyed.windows = {i: self.window(w) for i, w in blob.windows.items()} or None",
        "keyed.windows = None",
        "restart",
    ),
    Mutant(
        "restored key without its growing matches",
        SNAPSHOT,
        "keyed.growths = [growth(runs[root], runs[latest], due) for root, latest, due in blob.growths] or None",
        "keyed.growths = None",
        "restart full",
    ),
    Mutant(
        "restored header deadline forgotten",
        SNAPSHOT,
        "if within is not None:",
        "if within is None and start is None:",
        "restart",
    ),
    Mutant(
        "restored deadlines of runs forgotten",
        SNAPSHOT,
        "limits(keyed, run, run.live, push)",
        "limits(keyed, run, 0, push)",
        "restart",
    ),
    Mutant(
        "restored throttle counts anew",
        SNAPSHOT,
        "ThrottleWindow(subject.since, subject.passed, subject.held)",
        "ThrottleWindow(subject.since, subject.passed, 0)",
        "restart",
    ),
    Mutant(
        "restored throttle forgotten",
        PARTS,
        "throttle.windows[whose] = window",
        "_ = window",
        "restart",
    ),
    Mutant(
        "restored starts in reverse order",
        SNAPSHOT,
        "keyed.order = few(starts[i] for i in blob.order)",
        "keyed.order = few(starts[i] for i in blob.order[::-1])",
        "restart",
    ),
    Mutant(
        "key of two parts restored as one",
        BLOB,
        'return {"t": [pack(v) for v in value]}',
        "return pack(value[0])",
        "restart",
    ),
    Mutant(
        "revision forgotten",
        SNAPSHOT,
        "found.identity, found.revision = identity, revision",
        "found.identity, found.revision = identity, 1",
        "restart full",
    ),
    Mutant(
        "held-back counters forgotten",
        SNAPSHOT,
        "setattr(run, name, value)",
        "setattr(run, name, 0)",
        "restart full",
        needs=r"(all of|at least).*without",
    ),
)
