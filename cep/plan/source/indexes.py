"""Functions that give a waiting run its places in the indexes of a wait: `index_<wait>_<number>(run)`."""

from __future__ import annotations

from cep.plan.indexing import Index
from cep.plan.source.context import RuleContext
from cep.plan.source.lines import Lines

ONLY_IF = "True if "
"""How a value begins that is said of the run alone."""


def write_indexes(context: RuleContext, lines: Lines) -> None:
    """The functions of all indexed waits."""
    for wait, indexes in context.indexes.items():
        for number, index in enumerate(indexes):
            with lines.block(f"def index_{wait}_{number}(run):"):
                write_place(index, lines)
            lines.add("")


def write_place(index: Index, lines: Lines) -> None:
    """The value, or several together; None where one of them is null: no event finds such a run."""
    if not index.equal:
        lines.add(f"return {index.order}")
        return
    names = [f"e{number}" for number in range(len(index.equal))]
    equal = names[0] if len(names) == 1 else f"({', '.join(names)})"
    if len(names) == 1 and index.order is None:
        lines.add(f"return {index.equal[0]}")
        return
    values = dict(zip(names, index.equal, strict=True))
    if index.order is not None:
        values["order"] = index.order
    # What is said of the run alone comes first: it may be what says that a field read by the others is there.
    for name, text in sorted(values.items(), key=lambda value: not value[1].startswith(ONLY_IF)):
        lines.add(f"{name} = {text}", f"if {name} is None:", "    return None")
    lines.add(f"return {equal if index.order is None else f'({equal}, order)'}")
