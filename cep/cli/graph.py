"""`cep graph`: what does a rule look like?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """How the graph is drawn."""

    ASCII = "ascii"
    MERMAID = "mermaid"
    SVG = "svg"


def graph(
    rule: Annotated[str, typer.Argument(help="FILE::RULE, or a file with one rule.", metavar="FILE::RULE")],
    output: Annotated[Form, typer.Option(help="How it is drawn.")] = Form.ASCII,
    out: Annotated[Path | None, typer.Option(help="Write it to this file.", metavar="FILE")] = None,
) -> None:
    """Draw a rule: its steps, what may not come between them, spans and loops.

    The picture goes to standard output. Exit code 0: drawn, 1: the rule has errors, 2: a path, rule or option is
    wrong.
    """
    from cep.analysis.graph import graph as drawn
    from cep.cli.one_rule import chosen, written

    picture = drawn(chosen(rule, out))
    match output:
        case Form.ASCII:
            from cep.analysis.graph_ascii import render_ascii as render
        case Form.MERMAID:
            from cep.analysis.graph_mermaid import render_mermaid as render
        case Form.SVG:
            from cep.analysis.graph_svg import render_svg as render
    written(render(picture), out)
