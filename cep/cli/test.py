"""`cep test`: do the rules do what their tests say?"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cep.language.load import CheckResult
    from cep.testing.result import TestRun

FAILED, USAGE = 1, 2
WRONG_SELECTION = "E0704"
DEFAULT_FOLDER = "rules"


class Form(StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"


def test(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Folders, files, or FILE::RULE. [default: rules]", metavar="[PATHS]...")
    ] = None,
    expression: Annotated[
        str, typer.Option("-k", help='Only tests that fit: "card and not window".', metavar="EXPR")
    ] = "",
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file as well.", metavar="FILE")] = None,
    output: Annotated[Form, typer.Option(help="How results are written.")] = Form.TEXT,
    out: Annotated[Path | None, typer.Option(help="Write the results to this file.", metavar="FILE")] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="A module that Python functions may come from.", metavar="MODULE")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name the tests that pass as well.")] = False,
) -> None:
    """Run the tests in rule files, in virtual time.

    Results go to standard output. Exit code 0: all passed, 1: a test failed or the rules have errors, 2: a path, rule
    or option is wrong, or there is no test to run.
    """
    from cep.language.load import check_paths, load_paths
    from cep.testing.runner import run_tests
    from cep.testing.selection import SelectionError, selector

    targets = paths or [DEFAULT_FOLDER]
    try:
        picks = selector(expression)
    except SelectionError as error:
        raise _usage(str(error)) from None
    checked = check_paths(targets)
    _refuse_errors(checked, targets)
    _refuse_overwriting(checked, out, junit)
    chosen = [found for found in checked.rules.tests if picks(found)]
    if not chosen:
        raise _usage(_nothing_to_run(targets, expression, len(checked.rules.tests)))
    run = run_tests(checked.rules, chosen, allow or (), lambda params: load_paths(targets, params=params))
    _write(out, _rendered(run, output, verbose, colour=out is None and _has_colour(sys.stdout)))
    if junit is not None:
        from cep.testing.junit_report import render_junit

        _write(junit, render_junit(run))
    if not run.has_passed:
        raise typer.Exit(FAILED)


def _refuse_errors(checked: CheckResult, targets: list[str]) -> None:
    """Show what is wrong with the rules and leave; warnings are `cep check`'s business."""
    if not checked.failed:
        return
    from cep.language.diagnostics import Severity
    from cep.language.render import render

    errors = [found for found in checked.diagnostics if found.severity is Severity.ERROR]
    typer.echo(render(errors, checked.sources, "text", _has_colour(sys.stderr)), err=True, nl=False)
    missing = any(not Path(target.partition("::")[0]).exists() for target in targets)
    wrong = missing or any(found.code == WRONG_SELECTION for found in errors)
    raise typer.Exit(USAGE if wrong else FAILED)


def _refuse_overwriting(checked: CheckResult, out: Path | None, junit: Path | None) -> None:
    from cep.cli.overwriting import Place, first_clash

    wanted = {"the results": out, "the JUnit results": junit}
    outputs: list[tuple[str, Place]] = [(what, place) for what, place in wanted.items() if place is not None]
    if clash := first_clash(outputs, checked.sources):
        typer.echo(str(clash), err=True)
        raise typer.Exit(USAGE)


def _nothing_to_run(targets: list[str], expression: str, present: int) -> str:
    if present:
        tests = "the one test" if present == 1 else f"none of the {present} tests"
        fits = "does not fit" if present == 1 else "fits"
        return f"{tests} {fits} `-k {expression}`; try part of a test's or rule's name"
    return f'there is no test in {" ".join(targets)}; write `test "…" for RULE {{ … }}` into a rule file'


def _rendered(run: TestRun, output: Form, verbose: bool, colour: bool) -> str:
    if output is Form.JSON:
        from cep.testing.json_report import render_json

        return render_json(run)
    from cep.testing.text_report import TextReport

    return TextReport(colour, verbose).render(run)


def _write(place: Path | None, text: str) -> None:
    if place is None:
        typer.echo(text, nl=False)
        return
    try:
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _usage(f"{place} cannot be written: {(error.strerror or str(error)).lower()}") from None


def _has_colour(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and not os.environ.get("NO_COLOR")


def _usage(message: str) -> typer.Exit:
    typer.echo(f"cep: {message}", err=True)
    return typer.Exit(USAGE)
