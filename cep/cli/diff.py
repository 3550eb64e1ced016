"""`cep diff`: what do edited rules change, and what becomes of open partial matches?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """How the differences are written."""

    TEXT = "text"
    JSON = "json"


def diff(
    old: Annotated[str, typer.Argument(help="Rules as they are: a file, folder, FILE::RULE or job file.")],
    new: Annotated[str, typer.Argument(help="Rules as they will be, likewise.")],
    state: Annotated[
        Path | None, typer.Option(help="The folder of a job's state: say what is open in it.", metavar="DIR")
    ] = None,
    output: Annotated[Form, typer.Option("--output", "--format", help="How it is written.")] = Form.TEXT,
    out: Annotated[Path | None, typer.Option(help="Write it to this file.", metavar="FILE")] = None,
) -> None:
    """Say what has changed in meaning, rule by rule, and what becomes of open partial matches.

    With --state the newest snapshot in DIR decides, and the rules that it was made by: its verdicts are those of the
    next run. Exit code 0: said, whatever it is, 1: the rules have errors, 2: a path, job or state is wrong.
    """
    from cep.cli.diff_verb import told

    raise typer.Exit(told(old, new, state, as_json=output is Form.JSON, out=out))
