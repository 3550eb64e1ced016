"""Slips where parts of a pattern meet: absences at the head and the tail of groups and iterations."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

BUILD = "plan/build.py"
EXITS = "exits = [replace(e, conditions=e.conditions + low) for e in body.exits]"

EDGES = (
    Mutant(
        "a without at the head of a group forgets the loop before it",
        BUILD,
        "            arm(loops, part)",
        "            arm([], part)",
        "deep",
        needs=r"\(\n *without",
    ),
    Mutant(
        "a without at the head of an iteration forgets the loop before it",
        BUILD,
        "arm(body.loops, body, high)",
        "arm([], body, high)",
        "deep",
        needs=r"\(\n *without",
    ),
    Mutant(
        "a without at the tail of a group forgotten",
        BUILD,
        EXITS,
        "exits = [replace(e, conditions=e.conditions + low, absences=()) for e in body.exits]",
        "deep",
        needs=r"without [^\n]*\n *\)",
    ),
    Mutant(
        "a without next at the tail of a group forgotten",
        BUILD,
        EXITS,
        "exits = [replace(e, conditions=e.conditions + low, nexts=()) for e in body.exits]",
        "deep",
        needs=r"without next [^\n]*\n *\)",
    ),
    Mutant(
        "a without next before a place that ran out does not bar the end",
        "plan/numbering.py",
        "if other.source == draft.source and other is not draft]",
        "if other.source == draft.source and other is not draft and draft.kind not in ('due', 'after_next')]",
        "deep",
        needs=r"\(\n *without next",
    ),
)
