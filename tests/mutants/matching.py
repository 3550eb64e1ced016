"""Slips in how runs wait, take, and end at run time."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MATCHER = "engine/matcher.py"
MACHINE = "engine/machine.py"
RUN = "engine/run.py"
THRESHOLDS = "engine/thresholds.py"
ELEMENTS = "engine/elements.py"
INDEXED = "engine/indexed.py"

MATCHING = (
    Mutant(
        "timer before event",
        MATCHER,
        "if heap and heap[0][0] < rec[0]:\n                self.fire(rec[0])",
        "if heap and heap[0][0] <= rec[0]:\n                self.fire(rec[0] + 1)",
    ),
    Mutant("timer after event", MATCHER, "self.fire(rec[0])", "self.fire(rec[0] - 1_000)"),
    Mutant("deadline at the watermark fires", MATCHER, "self.fire(watermark)", "self.fire(watermark + 1)"),
    Mutant("deadlines before the watermark wait", MATCHER, "self.fire(watermark)", "self.fire(watermark - 1_000)"),
    Mutant(
        "end of the input fires one deadline",
        MATCHER,
        "while (deadline := self.timers.next()) is not None:",
        "if (deadline := self.timers.next()) is not None:",
    ),
    Mutant("limit of runs one too low", MACHINE, "shed(keyed, self.limit)", "shed(keyed, self.limit - 1)"),
    Mutant("limit of runs one too high", MACHINE, "if keyed.open > self.limit:", "if keyed.open > self.limit + 1:"),
    Mutant(
        "limit drops the newest",
        "engine/shedding.py",
        "for _, runs in groupby(start.runs, key=lambda run: run.rec[:5]):\n        if keyed.open <= limit",
        "for _, runs in groupby(start.runs[::-1], key=lambda run: run.rec[:5]):\n        if keyed.open <= limit",
        needs=r"limit runs [1-9]\b",
    ),
    Mutant(
        "header within exclusive",
        MACHINE,
        "self.span = Span(self.within,",
        "self.span = Span(self.within - 1_000,",
    ),
    Mutant(
        "header within counted from the last event",
        MACHINE,
        "                span = self.span\n",
        "                span = self.timers.push(run.rec[0] + (self.within or 0), keyed, start, code.header)\n",
    ),
    Mutant(
        "a longer binding leaves its prefix pending",
        MACHINE,
        "if live & self.code.ending:",
        "if live & self.code.ending & 0:",
    ),
    Mutant(
        "a longer binding ends its prefix under skip nothing",
        "engine/superseding.py",
        'if machine.skip == "nothing" or not (ending or machine.code.holding):',
        "if not (ending or machine.code.holding):",
    ),
    Mutant("head window emptied too early", MACHINE, "window.expire(now - span + 1)", "window.expire(now)"),
    Mutant(
        "key forgotten with its head window",
        MACHINE,
        "if keyed.open or keyed.windows or",
        "if keyed.open or",
    ),
    Mutant(
        "history of a leading absence forgotten",
        MACHINE,
        "oldest = now - self.code.history_spans[absence]",
        "oldest = now",
        "full",
    ),
    Mutant("threshold given up at the gap's deadline", "engine/deadlines.py", "kept |= 1 << index\n", "kept |= 0\n"),
    Mutant("window exclusive", RUN, "recs[gone][0] < oldest", "recs[gone][0] <= oldest"),
    Mutant(
        "barred starts not moved with the window",
        RUN,
        "self.starts = max(0, self.starts - count)",
        "self.starts = max(0, self.starts)",
        needs=r"(without|next).*having",
    ),
    Mutant("leading absence exclusive", "engine/history.py", "if past[0] < oldest:", "if past[0] <= oldest:", "full"),
    Mutant(
        "killed starts still counted",
        RUN,
        "self.open -= start.open\n        start.open = 0",
        "self.open -= start.open\n        start.open = 1",
    ),
    Mutant("threshold after a gap exclusive", THRESHOLDS, "if rec[0] - last < after:", "if rec[0] - last <= after:"),
    Mutant(
        "threshold within a gap exclusive",
        THRESHOLDS,
        "bisect_right(window.recs, last + within, key",
        "bisect_right(window.recs, last + within - 1, key",
        needs=r"within.*having",
    ),
    Mutant(
        "threshold's span one short", THRESHOLDS, "window.expire(rec[0] - span)", "window.expire(rec[0] - span + 1_000)"
    ),
    Mutant(
        "next before a threshold treated as relaxed",
        THRESHOLDS,
        "if strict and window.starts is None:",
        "if strict and window.starts is not None:",
    ),
    Mutant(
        "skip to next begins a window again",
        THRESHOLDS,
        "if first < 0 or any(",
        "if first < 0 or 0 and any(",
        needs=r"having.*skip to next",
    ),
    Mutant(
        "absence does not close a window",
        THRESHOLDS,
        "window.starts = len(window.recs) if window.starts is None else",
        "window.starts = None if window.starts is None else",
    ),
    Mutant(
        "cancel ends the window that took its event",
        THRESHOLDS,
        "if wait in windows and windows[wait].recs[-1] is not rec:",
        "if wait in windows:",
    ),
    Mutant("prev counts one too many", ELEMENTS, "len(found) < count", "len(found) <= count"),
    Mutant("prev of an earlier iteration", ELEMENTS, "if count < back:", "if count < 0:"),
    Mutant(
        "aggregate over all iterations",
        ELEMENTS,
        "if link.via in clearing:",
        "if link.via in ():",
        net="cases",
    ),
    Mutant(
        "index takes equals for greater",
        "engine/order.py",
        'behind=op == ">="',
        'behind=op == ">"',
        "indexed",
    ),
    Mutant(
        "index takes equals for less",
        "engine/order.py",
        'behind=op == "<"',
        'behind=op == "<="',
        "indexed",
    ),
    Mutant(
        "index forgets runs that did not take",
        INDEXED,
        "self.restore(self.bit)",
        "self.restore(0)",
        "indexed",
        needs=r"where .* and ",
    ),
    Mutant(
        "index finds equals for what must differ",
        INDEXED,
        "if equal != other:",
        "if equal == other:",
        "indexed",
        needs=r"!=",
    ),
    Mutant(
        "index forgets values beyond those that stand apart",
        INDEXED,
        "            equal = OTHERS\n",
        "            return Order()\n",
        "indexed",
        needs=r"!=",
    ),
    Mutant(
        "index drops a run beside the one that ended",
        "engine/order.py",
        "del entries[place]",
        "del entries[max(0, place - 1) : place + 1]",
        "indexed",
        needs=r"[<>]",
    ),
    Mutant(
        "index keeps those that ended and drops the others",
        "engine/order.py",
        "if entry[1] not in numbers",
        "if entry[1] in numbers",
        "indexed",
        needs=r"[<>]",
    ),
    Mutant(
        "of a list of one the one that waits on is lost",
        "plan/source/visits.py",
        "if len({place}) > 1 else ()",
        "if len({place}) > 2 else ()",
    ),
    Mutant(
        "a first event's deadline ends one wait too few",
        "engine/deadlines.py",
        "            run.live &= ~bits\n",
        "            run.live &= ~(bits & -bits)\n",
    ),
    Mutant(
        "index compares the wrong way round",
        "plan/indexing.py",
        '"<": ">", "<=": ">=", ">": "<", ">=": "<="',
        '"<": "<", "<=": "<=", ">": ">", ">=": ">="',
        "indexed",
    ),
    Mutant(
        "index answers one guard of several",
        INDEXED,
        "if len(self.hits) == 1:",
        "if self.hits:",
        "indexed",
        needs=r"where",
    ),
    Mutant(
        "index passes by guards that no comparison answers",
        INDEXED,
        "self.all = True",
        "self.all = False",
        "indexed",
    ),
)
