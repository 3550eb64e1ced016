"""`cep check`: are these rules right?"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cep.language.load import CheckResult

FINDINGS, USAGE = 1, 2
WRONG_SELECTION = "E0704"


class Form(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(
    paths: Annotated[list[str], typer.Argument(help="Folders, files, or FILE::RULE.", metavar="PATHS...")],
    output: Annotated[Form, typer.Option(help="How findings are written.")] = Form.TEXT,
    out: Annotated[Path | None, typer.Option(help="Write the findings to this file.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail the check as well.")] = False,
) -> None:
    """Check rules: syntax, names, types, structure, bounds and tests.

    Findings go to standard output, a summary to standard error. Exit code 0: nothing wrong (warnings too, unless
    --strict), 1: findings, 2: a path or rule that does not exist.
    """
    from cep.cli.overwriting import first_clash
    from cep.language.load import check_paths
    from cep.language.render import count, render

    result = check_paths(paths)
    if out is not None and (clash := first_clash([("the findings", out)], _files(paths, result))):
        typer.echo(str(clash), err=True)
        raise typer.Exit(USAGE)
    colour = out is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    text = render(result.diagnostics, result.sources, output.value, colour)
    if not _written(text, out):
        raise typer.Exit(USAGE)
    errors, warnings = count(result.diagnostics)
    typer.echo(_summary(len(result.sources), result.number, errors, warnings), err=True)
    missing = any(not Path(path.partition("::")[0]).exists() for path in paths)
    if missing or any(found.code == WRONG_SELECTION for found in result.diagnostics):
        raise typer.Exit(USAGE)
    if errors or (strict and warnings):
        raise typer.Exit(FINDINGS)


def _files(paths: list[str], result: CheckResult) -> list[str]:
    """Every file that was looked at, also those that could not be read as rules."""
    named = [path.partition("::")[0] for path in paths]
    return [*named, *result.sources, *(found.span.file for found in result.diagnostics)]


def _written(text: str, out: Path | None) -> bool:
    """Whether the findings could be written where they were wanted."""
    if out is None:
        typer.echo(text, nl=False)
        return True
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        typer.echo(f"cep: {out} cannot be written: {(error.strerror or str(error)).lower()}", err=True)
        return False
    return True


def _summary(files: int, rules: int, errors: int, warnings: int) -> str:
    def many(number: int, word: str) -> str:
        return f"{number} {word}{'' if number == 1 else 's'}"

    found = ", ".join([many(errors, "error"), many(warnings, "warning")]) if errors or warnings else "nothing wrong"
    return f"{many(rules, 'rule')} in {many(files, 'file')}: {found}"
