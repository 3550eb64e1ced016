"""Rule files: which ones a path means, and reading each once with everything it imports."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cep.language.diagnostics import Diagnostic, Severity, Span
from cep.language.findings import Findings
from cep.language.spelling import did_you_mean

if TYPE_CHECKING:
    from cep.language import ast
    from cep.language.kept.outcome import Outcome
    from cep.language.kept.shelf import Shelf

SUFFIX = ".pattern"


@dataclass(slots=True)
class SourceFile:
    """A file as read: `name` as shown, its tree, the files it imports with the place of each `import`.

    `outcome`: what an earlier check of the same file came to. Then the file is not parsed, until that is forgotten.
    """

    name: str
    text: str
    parsed: ast.File | None = None
    outcome: Outcome | None = None
    digest: bytes | None = None
    """What tells it, with all it imports, from any other; None unless its outcome is kept."""
    imports: list[tuple[SourceFile, Span]] = field(default_factory=list)
    lost_imports: bool = False
    """Whether a file it imports could not be read."""
    slips: tuple[Diagnostic, ...] = ()
    """What does not parse."""

    @property
    def tree(self) -> ast.File:
        """Its syntax tree."""
        assert self.parsed is not None, "a file of which an earlier outcome is used is not parsed"
        return self.parsed

    def forget(self) -> None:
        """Leave the earlier outcome, as the file has to be read after all. It was without errors, and so parses."""
        if self.outcome is not None:
            self.outcome = None
            self.parsed = _parsed(self.text, self.name)[0]

    def is_damaged(self, span: Span) -> bool:
        """Whether something in a place does not parse."""
        return any(_covers(span, slip.span) for slip in self.slips)

    def has_lost(self, span: Span, parts: Sequence[Span]) -> bool:
        """Whether something in a place does not parse that is in none of the parts kept of it."""
        slips = [slip.span for slip in self.slips if _covers(span, slip.span)]
        return any(not any(_covers(part, slip) for part in parts) for slip in slips)

    @property
    def lost_declarations(self) -> bool:
        """Whether a declaration may be missing from what could be read."""
        items = [item.span for item in self.tree.items]
        return self.lost_imports or any(not any(_covers(item, slip.span) for item in items) for slip in self.slips)


def _parsed(text: str, name: str) -> tuple[ast.File, tuple[Diagnostic, ...]]:
    # imported late: where all files are known, the parser is not needed
    from cep.language.parse import parse_text

    found = parse_text(text, name)
    return found.file, found.diagnostics


def _covers(span: Span, place: Span) -> bool:
    start = (place.line, place.column)
    return (span.line, span.column) <= start <= (span.end_line, span.end_column)


@dataclass(frozen=True, slots=True)
class Selection:
    """What one path of the command line means: files, and the rule behind `::` if one is named."""

    path: str
    names: tuple[str, ...]
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """Files kept as texts by name, in the place of those on disk; `imports`: by file, what each `import` means."""

    texts: Mapping[str, str]
    imports: Mapping[str, Mapping[str, str]]


class SourceFiles:
    """Reads files, each once; what cannot be read is a diagnostic. `shelf`: outcomes of earlier checks. With `kept`,
    nothing is read from disk."""

    def __init__(self, findings: Findings, shelf: Shelf | None = None, kept: KeptFiles | None = None) -> None:
        self.findings = findings
        self.shelf = shelf
        self.kept = kept
        self.texts: dict[str, str] = {}
        self.imports: dict[str, dict[str, str]] = {}
        """By file, the name under which each file that it imports was read first."""
        self.read: dict[str, SourceFile] = {}
        """By the file's place on disk, in an order in which imports come first."""

    def select(self, path: str) -> Selection:
        """The files a path means: a folder's `*.pattern` below it, a file, or `FILE::RULE`."""
        base, mark, rule = path.partition("::")
        if Path(base).is_dir():
            found = sorted(file for file in Path(base).rglob(f"*{SUFFIX}") if not file.is_dir())
            if not found:
                self._path_error(f"there is no rule file in `{base}`", base, f"rule files end in `{SUFFIX}`")
            return Selection(base, tuple(str(file) for file in found), rule if mark else None)
        return Selection(base, (base,), rule if mark else None)

    def load(self, name: str, imported_at: Span | None = None, chain: tuple[str, ...] = ()) -> SourceFile | None:
        """A file and its imports; None where it cannot be read, with the diagnostic recorded."""
        place = self._place(name)
        if place in chain:
            self._circle(name, imported_at)
            return None
        if place in self.read:
            return self.read[place]
        text = self._text(name, imported_at)
        if text is None:
            return None
        return self._known(text, name, (*chain, place)) or self.parse(text, name, (*chain, place))

    def at(self, name: str) -> SourceFile | None:
        """The file read from a place, under whatever name it was read first."""
        return self.read.get(self._place(name))

    def _place(self, name: str) -> str:
        """What tells a file from others: its place on disk, or the name it is kept by."""
        return os.path.realpath(name) if self.kept is None else name

    def parse(self, text: str, name: str, chain: tuple[str, ...] = ()) -> SourceFile:
        """A file from its text, and the files it imports."""
        from cep.language import ast

        parsed, diagnostics = _parsed(text, name)
        self.texts[name] = text
        self.findings.add(diagnostics)
        slips = tuple(slip for slip in diagnostics if slip.severity is Severity.ERROR)
        file = SourceFile(name, text, parsed, slips=slips)
        for item in parsed.items:
            if isinstance(item, ast.Import):
                imported = self._imported(item, name, chain or (self._place(name),))
                if imported is not None:
                    self.imports.setdefault(name, {})[item.path] = imported.name
                    file.imports.append((imported, item.span))
                else:
                    file.lost_imports = True
        self.read[self._place(name)] = file
        return file

    def _known(self, text: str, name: str, chain: tuple[str, ...]) -> SourceFile | None:
        """A file whose outcome is known, as are those of all it imports."""
        outcome = None if self.shelf is None else self.shelf.find(name, text)
        if outcome is None:
            return None
        self.texts[name] = text
        file = SourceFile(name, text, outcome=outcome, digest=outcome.digest)
        for item in outcome.imports:
            imported = self.load(item.name, item.span, chain)
            if imported is None or imported.outcome is None or imported.digest != item.digest:
                return None
            self.imports.setdefault(name, {})[item.path] = imported.name
            file.imports.append((imported, item.span))
        self.read[chain[-1]] = file
        return file

    def settle(self) -> None:
        """Forget the outcome of each file that one without needs to see."""
        # importers come after what they import
        for file in reversed(self.read.values()):
            if file.outcome is None:
                for imported, _ in file.imports:
                    imported.forget()

    def _imported(self, item: ast.Import, name: str, chain: tuple[str, ...]) -> SourceFile | None:
        """The file an `import` of `name` means. Only rule files: findings quote lines of what they are about."""
        if not item.path.endswith(SUFFIX):
            fix = f"import a rule file: its name ends in `{SUFFIX}`"
            self.findings.error("E0705", f"`{item.path}` is no rule file", item.span, fix)
            return None
        meant = os.path.normpath(Path(name).parent / item.path)
        if self.kept is not None:
            meant = self.kept.imports.get(name, {}).get(item.path, meant)
        return self.load(meant, item.span, chain)

    def _text(self, name: str, imported_at: Span | None) -> str | None:
        span = imported_at or Span(name, 1, 1, 1, 1)
        if self.kept is not None:
            if name not in self.kept.texts:
                self.findings.error("E0701", f"there is no file `{name}`", span, "keep the text of every file")
            return self.kept.texts.get(name)
        try:
            return Path(name).read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            fix = did_you_mean(Path(name).name, _siblings(name), "paths are relative to the file that imports")
            self.findings.error("E0701", f"there is no file `{name}`", span, fix if imported_at else _plain(fix))
        except UnicodeDecodeError as error:
            message = f"`{name}` is not UTF-8 text (byte {error.start + 1})"
            self.findings.error("E0702", message, span, "save it as UTF-8")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self.findings.error("E0701", f"`{name}` cannot be read: {reason}", span, "check the path and its rights")
        return None

    def _circle(self, name: str, imported_at: Span | None) -> None:
        span = imported_at or Span(name, 1, 1, 1, 1)
        fix = "move what both files need into a third one"
        self.findings.error("E0703", f"`{name}` imports itself in a circle", span, fix)

    def _path_error(self, message: str, name: str, fix: str) -> None:
        self.findings.error("E0701", message, Span(name, 1, 1, 1, 1), fix)


def _siblings(name: str) -> Iterable[str]:
    folder = Path(name).parent
    return [entry.name for entry in folder.iterdir()] if folder.is_dir() else []


def _plain(fix: str) -> str:
    return "check the path" if fix.startswith("paths are") else fix
