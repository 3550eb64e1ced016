"""Slips in groups that gather events, and in the structure that partial matches share."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

GATHERING = "engine/gathering.py"
TIME = "engine/gathering_time.py"
PARTS = "engine/parts.py"
KEYED = "engine/shared/keyed.py"
MATCHES = "engine/shared/matches.py"
CENSUS = "engine/shared/census.py"
SHARED = "engine/shared/machine.py"
FOLLOWING = "engine/following.py"

ALL_OF = r"all of|at least"
BRANCHING = r"any|combinations"

GATHERERS = (
    Mutant(
        "gap after a group's first event exclusive",
        GATHERING,
        "rec[0] - run.rec[0] < way.gap_after:",
        "rec[0] - run.rec[0] <= way.gap_after:",
        "full",
        ALL_OF,
    ),
    Mutant(
        "gap within before a gathering group exclusive",
        PARTS,
        "return gap is None or parts.base is None or rec[0] - parts.base.rec[0] <= gap",
        "return gap is None or parts.base is None or rec[0] - parts.base.rec[0] < gap",
        "full",
        ALL_OF,
    ),
    Mutant(
        "events of incomplete items kept",
        PARTS,
        "return [(state, rec) for state, rec in parts.bound if state in done]",
        "return list(parts.bound)",
        "full",
        ALL_OF,
    ),
    Mutant(
        "one item fewer is enough",
        GATHERING,
        "if g.completed(run, parts) >= g.need:",
        "if g.completed(run, parts) >= g.need - 1:",
        "full",
        ALL_OF,
    ),
    Mutant(
        "a threshold's event also goes to a waiting step later",
        GATHERING,
        "parts.owed += [(state, rec) for state in passing]",
        "parts.owed += [(state, rec) for state in passing if state is None]",
        "full",
        ALL_OF,
    ),
    Mutant(
        "span of a gathering group exclusive",
        GATHERING,
        "last[0] - first[0] > g.within:",
        "last[0] - first[0] >= g.within:",
        "full",
        ALL_OF,
    ),
    Mutant(
        "next before a gathering group is no bar",
        GATHERING,
        'if (barred or (entering and way.contiguity == "next")) and parts.cutoff is None:',
        "if barred and parts.cutoff is None:",
        "full",
        ALL_OF,
    ),
    Mutant(
        "an absence completes a group that had to begin",
        TIME,
        "if base is None or not g.may_stay_empty(parts, due):",
        "if base is None:",
        "full",
        ALL_OF,
    ),
    Mutant(
        "an item's span exclusive",
        PARTS,
        "return first[0] + min(self.within, ENDLESS if item.within is None else item.within)",
        "return first[0] - 1000 + min(self.within, ENDLESS if item.within is None else item.within)",
        "full",
        ALL_OF,
    ),
)

SHARING = (
    Mutant(
        "shared: oldest start kept at its deadline",
        SHARED,
        "+ self.within <= due:",
        "+ self.within < due:",
        "full",
        BRANCHING,
    ),
    Mutant(
        "shared: cap exceeded by one",
        SHARED,
        "while keyed.open > self.limit:",
        "while keyed.open > self.limit + 1:",
        "full",
        BRANCHING,
    ),
    Mutant(
        "shared: a consumed wait stays",
        KEYED,
        "for link in moves.closes:\n            self.waits[link] = 0",
        "for link in moves.closes:\n            self.waits[link] += 0",
        "full",
        BRANCHING,
    ),
    Mutant(
        "shared: what follows a node begins one late",
        MATCHES,
        "begin = bisect_right(nodes, node.number, key=ends)",
        "begin = bisect_right(nodes, node.number, key=ends) + 1",
        "full",
        BRANCHING,
    ),
)

GROWING = (
    Mutant(
        "a match lengthened another way is told too early",
        FOLLOWING,
        "found = (run for run in open_from(keyed, growing.start) if run not in ending and lengthens(run, growing))",
        "found = (run for run in [growing.latest] if run.live and run not in ending)",
        "full",
        r"report (final|updates)",
    ),
    Mutant(
        "a followed match goes on two ways",
        FOLLOWING,
        "if not lengthens(other, ahead):",
        "if not lengthens(other, followed):",
        "full",
        r"report updates",
    ),
)

GATHERED = (*GATHERERS, *SHARING, *GROWING)
