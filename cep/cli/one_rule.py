"""What verbs about one rule share: `FILE::RULE` to a planned rule, and text to where it is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from cep.analysis.planned import PlannedRule
    from cep.language.diagnostics import Diagnostic
    from cep.language.load import CheckResult

FINDINGS, USAGE = 1, 2
WRONG_SELECTION = "E0704"


def chosen(target: str, out: Path | None) -> PlannedRule:
    """The one rule that `target` means. Where it has errors they are shown and the command ends with code 1; with
    code 2 where there is no such file or rule, several rules are meant, or `out` would replace a file they are in."""
    from cep.analysis.planned import planned_rule
    from cep.cli.overwriting import first_clash
    from cep.language.diagnostics import CheckFailed
    from cep.language.load import check_paths

    checked = check_paths([target])
    if out is not None and (clash := first_clash([("what is said of the rule", out)], checked.sources)):
        typer.echo(str(clash), err=True)
        raise typer.Exit(USAGE)
    if checked.failed:
        _refuse(target, checked)
    names = [rule.name for rule in checked.rules.rules]
    if len(names) != 1:
        _usage(_which(target, names))
    try:
        return planned_rule(checked.rules, names[0])
    except CheckFailed as failed:
        _show(failed.diagnostics, failed.sources)
        raise typer.Exit(FINDINGS) from None


def written(text: str, out: Path | None) -> None:
    """Write to `out`, or to standard output; code 2 where it cannot be written."""
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        _usage(f"{out} cannot be written: {(error.strerror or str(error)).lower()}")


def _refuse(target: str, checked: CheckResult) -> NoReturn:
    """Show the errors and leave; warnings are `cep check`'s business."""
    from cep.language.diagnostics import Severity

    errors = [found for found in checked.diagnostics if found.severity is Severity.ERROR]
    _show(errors, checked.sources)
    missing = not Path(target.partition("::")[0]).exists()
    wrong = missing or any(found.code == WRONG_SELECTION for found in errors)
    raise typer.Exit(USAGE if wrong else FINDINGS)


def _show(errors: Iterable[Diagnostic], sources: dict[str, str]) -> None:
    from cep.language.render import render

    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    typer.echo(render(tuple(errors), sources, "text", colour), err=True, nl=False)


def _which(target: str, names: list[str]) -> str:
    from cep.language.spelling import listed

    if not names:
        return f"there is no rule in {target}"
    path = target.partition("::")[0]
    return f"{target} has {len(names)} rules: {listed(names)}; name one, as in `{path}::{names[0]}`"


def _usage(message: str) -> NoReturn:
    typer.echo(f"cep: {message}", err=True)
    raise typer.Exit(USAGE)
