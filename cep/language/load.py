"""From files or text to a checked `RuleSet`: the face of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cep.language.course import CheckResult, Course
from cep.language.diagnostics import CheckFailed
from cep.language.files import KeptFiles, Selection, SourceFiles
from cep.language.findings import Findings
from cep.language.kept.shelf import Shelf, users_shelf
from cep.language.model import RuleSet

__all__ = ["CheckResult", "check_kept", "check_paths", "check_text", "load_paths", "load_text"]

_CLASHES = frozenset(("E0213", "E0214"))
"""Findings about two files at once."""


def load_paths(paths: Sequence[Path | str], *, params: Mapping[str, object] | None = None) -> RuleSet:
    """The rules of folders, files and `FILE::RULE` selections; raises `CheckFailed` if anything is wrong.

    `params`: values by qualified name, in run-time form, for spans that are params; others take their default.
    """
    return _whole(check_paths(paths, params=params))


def load_text(text: str, name: str = "rules.pattern", *, params: Mapping[str, object] | None = None) -> RuleSet:
    """The rules of one file given as text; imports are relative to `name`. Raises `CheckFailed`."""
    return _whole(check_text(text, name, params=params))


def check_paths(paths: Sequence[Path | str], *, params: Mapping[str, object] | None = None) -> CheckResult:
    """Check folders (every `*.pattern` below), files and `FILE::RULE` selections. Never raises on what they hold.

    Of files that are as they were at an earlier check that found no errors, what it came to is taken from the user's
    cache folder (`kept`), where they are selected whole.
    """
    shelf = None if any("::" in str(path) for path in paths) else users_shelf()
    found = _check(paths, params or {}, shelf)
    if shelf is not None and any(diagnostic.code in _CLASHES for diagnostic in found.diagnostics):
        # told in the order in which the files are read; what is kept knows nothing of it
        return _check(paths, params or {}, None)
    return found


def _check(paths: Sequence[Path | str], params: Mapping[str, object], shelf: Shelf | None) -> CheckResult:
    findings = Findings()
    files = SourceFiles(findings, shelf)
    selections = [files.select(str(path)) for path in paths]
    for selection in selections:
        for name in selection.names:
            files.load(name)
    return Course(files, findings, params).run(selections)


def check_text(text: str, name: str = "rules.pattern", *, params: Mapping[str, object] | None = None) -> CheckResult:
    """Check one file given as text. Never raises on what it holds."""
    findings = Findings()
    files = SourceFiles(findings)
    files.parse(text.removeprefix("\ufeff"), name)
    return Course(files, findings, params or {}).run([Selection(name, (name,))])


def check_kept(
    texts: Mapping[str, str], imports: Mapping[str, Mapping[str, str]], *, params: Mapping[str, object] | None = None
) -> CheckResult:
    """Check files given as texts by name, as `RuleSet` keeps them; nothing is read from disk. Never raises."""
    findings = Findings()
    files = SourceFiles(findings, kept=KeptFiles(texts, imports))
    for name in texts:
        files.load(name)
    return Course(files, findings, params or {}).run([Selection(name, (name,)) for name in texts])


def _whole(result: CheckResult) -> RuleSet:
    if result.failed:
        raise CheckFailed(result.diagnostics, result.sources)
    return result.rules
