"""`cep fmt`: rule files in their canonical layout."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer

FINDINGS, USAGE = 1, 2


@dataclass(slots=True)
class _Tally:
    """What became of the files: how many were looked at and changed, and whether one did not parse or open."""

    files: int = 0
    changed: list[str] = field(default_factory=list)
    slips: bool = False
    unreadable: bool = False


def fmt(
    paths: Annotated[list[str], typer.Argument(help="Folders or files; - for standard input.", metavar="PATHS...")],
    check: Annotated[bool, typer.Option("--check", help="Change nothing; name the files that would change.")] = False,
) -> None:
    """Rewrite rule files in the canonical layout.

    A clause and a step a line, clauses in the order of the language, comments where they belong; what the rules mean
    stays the same. A file that does not parse is left alone, its slips go to standard error. Exit code 0: all is well,
    1: a file does not parse, or with --check would change, 2: a path that does not exist or cannot be written.
    """
    if paths == ["-"]:
        _standard_input(check)
        return
    tally = _Tally()
    for name in _names(paths, tally):
        _format_file(name, check, tally)
    if check:
        typer.echo("".join(f"{name}\n" for name in tally.changed), nl=False)
    typer.echo(_summary(tally, check), err=True)
    if tally.unreadable:
        raise typer.Exit(USAGE)
    if tally.slips or (check and tally.changed):
        raise typer.Exit(FINDINGS)


def _standard_input(check: bool) -> None:
    tally = _Tally()
    try:
        data = sys.stdin.buffer.read()
    except OSError as error:
        _complain(f"standard input cannot be read: {_reason(error)}", tally)
        raise typer.Exit(USAGE) from None
    formatted = _formatted(data, "<stdin>", tally)
    if formatted is not None and not check:
        sys.stdout.buffer.write(formatted)
    if formatted is None or (check and formatted != data):
        raise typer.Exit(USAGE if tally.unreadable else FINDINGS)


def _names(paths: list[str], tally: _Tally) -> list[str]:
    """The files that the paths mean, each once; a path that means none is reported."""
    from cep.language.files import SourceFiles
    from cep.language.findings import Findings

    findings = Findings()
    files = SourceFiles(findings)
    names = dict.fromkeys(name for path in paths for name in files.select(path).names)
    for found in findings.sorted():
        _complain(f"{found.message} ({found.fix})", tally)
    return list(names)


def _format_file(name: str, check: bool, tally: _Tally) -> None:
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        _complain(f"`{name}` cannot be read: {_reason(error)}", tally)
        return
    tally.files += 1
    formatted = _formatted(data, name, tally)
    if formatted is None or formatted == data:
        return
    if not check:
        try:
            _replace(Path(name), formatted)
        except OSError as error:
            _complain(f"`{name}` cannot be written: {_reason(error)}", tally)
            return
    tally.changed.append(name)


def _formatted(data: bytes, name: str, tally: _Tally) -> bytes | None:
    """The canonical bytes of a file, with its own line ends; None where it does not parse, which is reported."""
    from cep.language.diagnostics import CheckFailed
    from cep.language.format import format_text

    try:
        text = data.decode("utf-8-sig")
        formatted = format_text(text, name)
    except UnicodeDecodeError as error:
        _complain(f"`{name}` is not UTF-8 text (byte {error.start + 1})", tally)
        return None
    except CheckFailed as failed:
        from cep.language.render import render

        colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        typer.echo(render(failed.diagnostics, failed.sources, "text", colour), err=True, nl=False)
        tally.slips = True
        return None
    line_end = "\r\n" if "\r\n" in text else "\n"
    return formatted.replace("\n", line_end).encode("utf-8")


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, through a link to where it points, with the rights it had."""
    target = path.resolve()
    with NamedTemporaryFile("wb", dir=target.parent, suffix=".tmp", delete=False) as file:
        aside = Path(file.name)
        try:
            file.write(data)
            file.flush()
            shutil.copymode(target, aside)
            aside.replace(target)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


def _complain(message: str, tally: _Tally) -> None:
    typer.echo(f"cep: {message}", err=True)
    tally.unreadable = True


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _summary(tally: _Tally, check: bool) -> str:
    changed, same = len(tally.changed), tally.files - len(tally.changed)
    verb = "would change" if check else "changed"
    return f"{tally.files} file{'' if tally.files == 1 else 's'}: {changed} {verb}, {same} left alone"
