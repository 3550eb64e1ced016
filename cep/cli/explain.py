"""`cep explain`: what does a rule cost, and what does it keep?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """How the explanation is written."""

    TEXT = "text"
    JSON = "json"


def explain(
    rule: Annotated[str, typer.Argument(help="FILE::RULE, or a file with one rule.", metavar="FILE::RULE")],
    code: Annotated[bool, typer.Option("--code", help="Show the Python that is generated for it instead.")] = False,
    output: Annotated[Form, typer.Option(help="How the explanation is written.")] = Form.TEXT,
    out: Annotated[Path | None, typer.Option(help="Write it to this file.", metavar="FILE")] = None,
) -> None:
    """Explain a rule's plan: states, waits, guards and their cost, what bounds its state.

    The explanation goes to standard output. Exit code 0: explained, 1: the rule has errors, 2: a path, rule or option
    is wrong.
    """
    from cep.cli.one_rule import chosen, written

    planned = chosen(rule, out)
    if code:
        from cep.analysis.code import render_code, render_code_json

        written(render_code_json(planned) if output is Form.JSON else render_code(planned), out)
        return
    from cep.analysis.explain import explain as explained
    from cep.analysis.explain_text import render_json, render_text

    explanation = explained(planned)
    written(render_json(explanation) if output is Form.JSON else render_text(explanation), out)
