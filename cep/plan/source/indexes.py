"""Functions that give a waiting run its places in the indexes of a wait: `index_<wait>_<number>(run)`."""

from __future__ import annotations

from cep.plan.indexing import Index
from cep.plan.source.context import RuleContext
from cep.plan.source.lines import Lines, joined


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
    lines.add(*(f"{name} = {text}" for name, text in zip(names, index.equal, strict=True)))
    if index.order is not None:
        lines.add(f"order = {index.order}")
    unknown = joined([f"{name} is None" for name in (*names, *(["order"] if index.order is not None else []))], "or")
    lines.add(f"return None if {unknown} else {equal if index.order is None else f'({equal}, order)'}")
