"""Functions that give a waiting run its place in an index: `index_<wait>(run)`."""

from __future__ import annotations

from cep.plan.expressions.constants import Constants
from cep.plan.expressions.source import value
from cep.plan.source.context import RuleContext
from cep.plan.source.lines import Lines
from cep.plan.source.scopes import Fresh, GuardScope


def write_indexes(context: RuleContext, constants: Constants, lines: Lines) -> None:
    """The functions of all indexed waits."""
    for number, index in context.indexes.items():
        wait = context.automaton.waits[number]
        own = context.target(wait)
        loop = GuardScope(
            context,
            constants,
            Fresh(),
            own=own,
            loop="more" if wait.kind == "more" else "first",
            started=True,
        )
        with lines.block(f"def index_{number}(run):"):
            lines.add(f"return {value(index.run, loop, constants)}")
        lines.add("")
