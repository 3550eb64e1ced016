"""Slips in the construction of the automaton."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

BUILD = "plan/build.py"
DRAFTS = "plan/drafts.py"
CONJUNCTION = "plan/conjunction.py"

PLANNING = (
    Mutant(
        "loop minimum one too low",
        BUILD,
        "low = (Condition(state.counter, node.minimum, None),)",
        "low = (Condition(state.counter, node.minimum - 1, None),)",
    ),
    Mutant(
        "loop minimum one too high",
        BUILD,
        "low = (Condition(state.counter, node.minimum, None),)",
        "low = (Condition(state.counter, node.minimum + 1, None),)",
    ),
    Mutant(
        "loop maximum one too high",
        BUILD,
        "(Condition(state.counter, None, node.maximum - 1),)",
        "(Condition(state.counter, None, node.maximum),)",
    ),
    Mutant(
        "group minimum one too low",
        BUILD,
        "low = (Condition(counter, node.minimum, None),)",
        "low = (Condition(counter, node.minimum - 1, None),)",
        "full",
    ),
    Mutant(
        "group maximum one too high",
        BUILD,
        "(Condition(counter, None, node.maximum - 1),)",
        "(Condition(counter, None, node.maximum),)",
        "full",
    ),
    Mutant(
        "greedy off",
        BUILD,
        "greedy = (state.index,) if node.greedy and node.minimum != node.maximum else ()",
        "greedy = ()",
    ),
    Mutant(
        "greedy on for exact loops",
        BUILD,
        "greedy = (state.index,) if node.greedy and node.minimum != node.maximum else ()",
        "greedy = (state.index,) if node.greedy else ()",
    ),
    Mutant("passed-over greedy loop not greedy", BUILD, "passes=[Exit(None, greedy=greedy)]", "passes=[Exit(None)]"),
    Mutant("absence not armed inside the loop before it", BUILD, "draft.absences += (index,)", "draft.absences += ()"),
    Mutant(
        "optional step counted as mandatory",
        BUILD,
        "draft.mandatory = entry.mandatory and not part.is_optional",
        "draft.mandatory = entry.mandatory",
    ),
    Mutant(
        "span of a loop ignored",
        BUILD,
        "spans=(SpanBound(state.span, node.within),) if state.span is not None and node.within is not None else (),",
        "spans=(),",
    ),
    Mutant(
        "until ignored",
        BUILD,
        "until=(UntilBound(len(self.untils) - 1, False),) if node.until is not None else (),",
        "until=(),",
    ),
    Mutant("gap after ignored", BUILD, "gap_after=link.after,", "gap_after=None,"),
    Mutant("gap within ignored", BUILD, "gap_within=link.within,", "gap_within=None,"),
    Mutant(
        "trailing absence without a span never due", BUILD, "header=self.absences[index].within is None", "header=False"
    ),
    Mutant(
        "absence guards its own branch alone",
        "plan/numbering.py",
        "if wait.source >= 0 and found else wait",
        "if wait.source >= 0 and found and wait.index < 0 else wait",
        needs=r"without",
    ),
    Mutant("iteration not cleared", BUILD, "draft.clears = (number,)", "draft.clears = ()", "full"),
    Mutant(
        "span of a group ignored", BUILD, "draft.spans += (SpanBound(register, within),)", "draft.spans += ()", "full"
    ),
    Mutant(
        "until of a group ignored",
        BUILD,
        "draft.until += (UntilBound(until, False),)",
        "draft.until += ()",
        "full",
        needs=r"\n *\)(\+|\*|\{).*until",
    ),
    Mutant(
        "one alternative alone",
        BUILD,
        "for alternative in node.alternatives]",
        "for alternative in node.alternatives[:1]]",
        "full",
    ),
    Mutant("next treated as relaxed", DRAFTS, '"next": "next",', '"next": "relaxed",'),
    Mutant("relaxed treated as next", DRAFTS, '"then": "relaxed",', '"then": "next",'),
    Mutant("consecutive treated as relaxed", DRAFTS, '"consecutive": "next",', '"consecutive": "relaxed",'),
    Mutant("any treated as relaxed", DRAFTS, '"any": "any",', '"any": "relaxed",', "full"),
    Mutant("combinations treated as relaxed", DRAFTS, '"combinations": "any",', '"combinations": "relaxed",', "full"),
    Mutant(
        "passing an optional step disarms the absence",
        DRAFTS,
        "absences=(exit_.absences if passed.is_free else ()) + passed.absences,",
        "absences=passed.absences,",
    ),
    Mutant(
        "passing an optional step disarms without next",
        DRAFTS,
        "nexts=exit_.nexts + passed.nexts,",
        "nexts=passed.nexts,",
        needs=r"without next",
    ),
    Mutant("without next taken for without", DRAFTS, "if strictly_next:", "if strictly_next and index < 0:"),
    Mutant(
        "a trailing absence does not hold the match back",
        DRAFTS,
        "return bool(exit_.absences or left_to_pass(exit_))",
        "return bool(left_to_pass(exit_))",
    ),
    Mutant(
        "step behind a passed-over one forgets the gap before the group",
        DRAFTS,
        "within = min((gap for gap in (link.within, own.within) if gap is not None), default=None)",
        "within = own.within",
        "full",
    ),
    Mutant(
        "one member more than needed",
        CONJUNCTION,
        "(Condition(self.done, self.node.need, None),)",
        "(Condition(self.done, self.node.need + 1, None),)",
        "full",
    ),
    Mutant(
        "one member less than needed",
        CONJUNCTION,
        "(Condition(self.done, self.node.need, None),)",
        "(Condition(self.done, self.node.need - 1, None),)",
        "full",
    ),
    Mutant(
        "a member begun counts as bound",
        CONJUNCTION,
        'Effect(self.done, "set", int(state.minimum == 1), held=self.before)',
        'Effect(self.done, "set", 1, held=self.before)',
        "full",
    ),
)
