"""Slips in the source that is generated from the automaton."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

STATES = "plan/source/states.py"
TAKES = "plan/source/takes.py"
WAITS = "plan/source/waits.py"
VISITS = "plan/source/visits.py"
STEPS = "plan/source/steps.py"
GUARDS = "plan/source/guards.py"
DISPATCH = "plan/source/dispatch.py"
WINDOWS = "plan/source/windows.py"
SCOPES = "plan/source/scopes.py"

GENERATING = (
    Mutant(
        "gap within exclusive",
        STATES,
        'ends.append(f"run.rec[0] + {wait.gap_within}")',
        'ends.append(f"run.rec[0] + {wait.gap_within - 1_000}")',
    ),
    Mutant(
        "gap within counted from the first event",
        STATES,
        'ends.append(f"run.rec[0] + {wait.gap_within}")',
        'ends.append(f"run.start.rec[0] + {wait.gap_within}")',
    ),
    Mutant(
        "loop span exclusive",
        STATES,
        'f"run.s{bound.span} + {bound.length}"',
        'f"run.s{bound.span} + {bound.length - 1_000}"',
    ),
    Mutant(
        "trailing absence due too late",
        STATES,
        'return f"run.rec[0] + {absence.within}"',
        'return f"run.rec[0] + {absence.within} + 1_000"',
    ),
    Mutant(
        "trailing absence counted from the first event",
        STATES,
        'return f"run.rec[0] + {absence.within}"',
        'return f"run.start.rec[0] + {absence.within}"',
    ),
    Mutant(
        "header absence counted from the last event",
        STATES,
        'return f"run.start.rec[0] + {context.rule.within}"',
        'return f"run.rec[0] + {context.rule.within}"',
    ),
    Mutant(
        "pair of absences due at the earlier deadline",
        STATES,
        "f\"max({', '.join(dues)})\"",
        "f\"min({', '.join(dues)})\"",
    ),
    Mutant(
        "counter range ignores its maximum",
        STATES,
        'parts.append(f"{counter} <= {high}")',
        'parts.append(f"{counter} <= {high} + 1")',
    ),
    Mutant(
        "deadline leaves a twin waiting",
        STATES,
        "    for left in wait.left:\n        if left != wait.late:",
        "    for left in ():\n        if left != wait.late:",
    ),
    Mutant(
        "counter set where it is added to",
        TAKES,
        'terms = [f"run.c{effect.counter}"] if effect.op == "add" else []',
        "terms: list[str] = []",
    ),
    Mutant("span opened anew by every element", TAKES, 'else f"run.s{span}"', 'else "rec[0]"'),
    Mutant(
        "register not captured",
        TAKES,
        "if captured.step == self.state.index:",
        "if captured.step == self.state.index and self.first:",
    ),
    Mutant("register captured of any step", TAKES, 'return f"run.{captured.name}"', 'return "None"'),
    Mutant("aggregate grows with other steps", TAKES, "if running.step != self.state.index:", "if running.step < 0:"),
    Mutant(
        "aggregate not begun anew",
        TAKES,
        'return running.step == self.state.index and self.edge.kind != "more"',
        "return False",
        "full",
        needs=r"\n *\)(\+|\*|\{)",
    ),
    Mutant(
        "iteration keeps its registers",
        TAKES,
        "if self.first or self.cleared & set(owner.groups):",
        "if self.first:",
        net="cases",
    ),
    Mutant(
        "gap after exclusive",
        WAITS,
        'rest = f"t - run.rec[0] >= {wait.gap_after}"',
        'rest = f"t - run.rec[0] > {wait.gap_after}"',
    ),
    Mutant(
        "absence disarmed early",
        WAITS,
        'in_time = f"t - run.rec[0] <= {place.within}"',
        'in_time = f"t - run.rec[0] < {place.within}"',
    ),
    Mutant(
        "absence disarmed late",
        WAITS,
        'in_time = f"t - run.rec[0] <= {place.within}"',
        'in_time = f"t - run.rec[0] <= {place.within} + 1_000"',
        needs=r"without .*within",
    ),
    Mutant("without next ignored", WAITS, "tests = self.absences(wait, wait.nexts)", "tests = []"),
    Mutant(
        "without next waits on",
        WAITS,
        'strict = wait.contiguity == "next" or bool(wait.nexts or wait.barred)',
        'strict = wait.contiguity == "next"',
    ),
    Mutant("absence ignored", WAITS, "kills = self.kills(wait)", "kills = []"),
    Mutant(
        "until does not close the loop", WAITS, "closers = self.untils(wait, first=False)", "closers: list[Test] = []"
    ),
    Mutant(
        "until sees the loop with the event",
        WAITS,
        'return self.guards.test(place, own, "without", started=True, groups=place.groups, cleared=cleared)',
        'return self.guards.test(place, own, "more", started=True, groups=place.groups, cleared=cleared)',
        needs=r"until",
    ),
    Mutant(
        "until does not lift greed",
        WAITS,
        "tests.append(test.also(*lifted))",
        "tests.append(test)",
    ),
    Mutant(
        "relaxed step takes every event",
        VISITS,
        'elif self.wait.contiguity != "any":\n                self.close()',
        'elif self.wait.contiguity == "next":\n                self.close()',
    ),
    Mutant(
        "any step takes one event",
        VISITS,
        'elif self.wait.contiguity != "any":\n                self.close()',
        "else:\n                self.close()",
        "full",
    ),
    Mutant(
        "strict wait survives a stranger",
        VISITS,
        "and not windowed:\n            self.close()",
        'and not windowed:\n            self.lines.add("pass")',
    ),
    Mutant(
        "joint waits stay open",
        STEPS,
        '"        close(ks, run, " + str(mask) + ")"',
        '"        close(ks, run, 0)"',
        "full",
    ),
    Mutant("cancel ignored", STEPS, 'self.lines.add("ks.kill(run)")', 'self.lines.add("ks.stale += 0")'),
    Mutant(
        "loop begins with its until",
        STEPS,
        "conditions = [test.text(), *self.not_until(edge), *greedy]",
        "conditions = [test.text(), *greedy]",
    ),
    Mutant(
        "leading absence ignored",
        STEPS,
        'return [f"not leads_{a}_{edge.index}(ks, {first})" for a in self.context.automaton.leading]',
        "return []",
        "full",
    ),
    Mutant("first element tested with prev", GUARDS, '(loop == "first" and uses_previous(condition))', "False"),
    Mutant(
        "no element tested with prev",
        GUARDS,
        '(loop == "first" and uses_previous(condition))',
        "uses_previous(condition)",
    ),
    Mutant(
        "gates shared over roles",
        GUARDS,
        "if gate.role == role and bare(gate.condition) == bare(condition):",
        "if bare(gate.condition) == bare(condition):",
    ),
    Mutant("key roles mixed up", DISPATCH, "if gate.role != number:", "if gate.role != number and number < 0:"),
    Mutant(
        "one event served twice to one key",
        DISPATCH,
        'others = [f"{local} != {earlier}" for earlier in locals_[:number]]',
        "others = []",
    ),
    Mutant(
        "null taken for a key",
        DISPATCH,
        "if may_be_null(self.type, path) and not null_is_key:",
        "if may_be_null(self.type, path) and null_is_key:",
    ),
    Mutant(
        "an event that cannot start wakes no run",
        DISPATCH,
        'test = "True" if begins == "True" else joined([begins, *([waiting] if waiting else [])], "or")',
        "test = begins",
    ),
    Mutant(
        "the longest run of elements",
        WINDOWS,
        "for i in range(len(window) - 1, floor - 1, -1):",
        "for i in range(len(window) - 1, floor - 1, -1)[::-1]:",
    ),
    Mutant("a window begins behind its ceiling", WINDOWS, "if i < ceiling and", "if i <= ceiling and"),
    Mutant(
        "candidate left out of its aggregates",
        SCOPES,
        'included = agg.step is None and self.loop in ("first", "more")',
        'included = agg.step is None and self.loop in ("first",)',
    ),
    Mutant(
        "count of a loop one too low",
        SCOPES,
        'return f"run.c{self.own.counter}"',
        'return f"(run.c{self.own.counter} - 1)"',
    ),
)
