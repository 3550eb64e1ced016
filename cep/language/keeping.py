"""Which outcomes of earlier checks are used, and which of this one are kept for the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from cep.language.check.unused import EventUse
from cep.language.diagnostics import Diagnostic
from cep.language.files import SourceFile, SourceFiles
from cep.language.findings import Findings
from cep.language.model import Declared, EventType, FunctionInfo, ListInfo, ParamInfo, Rule, Test

if TYPE_CHECKING:
    from cep.language.check.catalog import Catalog

_Info = TypeVar("_Info", EventType, ListInfo, ParamInfo, FunctionInfo)


@dataclass(slots=True)
class _Watched:
    """What the check of one file told about its declarations, and about its rules and tests; and what failed."""

    of_declarations: list[Diagnostic] = field(default_factory=list)
    of_rules: list[Diagnostic] = field(default_factory=list)
    failures: int = 0


class Keeping:
    """Watches the check of each file. Nothing is kept of one with errors, or of one that imports such a file."""

    def __init__(self, files: SourceFiles, findings: Findings, params: Mapping[str, object]) -> None:
        self.files = files
        self.findings = findings
        self.params = params
        self._watched: dict[str, _Watched] = {}

    def settle(self) -> None:
        """Forget the outcomes that cannot be used: of files whose spans are set from outside, or which others need."""
        for file in self.files.read.values():
            if file.outcome is not None and not file.outcome.span_params.isdisjoint(self.params):
                file.forget()
        self.files.settle()

    @contextmanager
    def watch(self, file: SourceFile, declaring: bool = False) -> Iterator[None]:
        """Take down what is told meanwhile as said of a file."""
        watched = self._watched.setdefault(file.name, _Watched())
        told, failures = len(self.findings.told), self.findings.failures
        yield
        (watched.of_declarations if declaring else watched.of_rules).extend(self.findings.told[told:])
        watched.failures += self.findings.failures - failures

    def keep(
        self,
        catalogs: Mapping[str, Catalog],
        uses: Mapping[str, EventUse],
        rules: Mapping[str, Rule | SourceFile],
        tests: list[Test | SourceFile],
    ) -> None:
        """Keep the outcomes of all files that were read and checked whole."""
        shelf = self.files.shelf
        if shelf is None or all(file.digest is not None for file in self.files.read.values()):
            return
        of_files: dict[str, tuple[list[Rule], list[Test]]] = {}
        for rule in rules.values():
            if isinstance(rule, Rule):
                of_files.setdefault(rule.file, ([], []))[0].append(rule)
        for test in tests:
            if isinstance(test, Test):
                of_files.setdefault(test.file, ([], []))[1].append(test)
        # what a file imports comes before it
        for file in self.files.read.values():
            if file.digest is None:
                own, trials = of_files.get(file.name, ([], []))
                self._keep(file, catalogs[file.name], uses[file.name], tuple(own), tuple(trials))
        shelf.sweep()

    def _keep(
        self, file: SourceFile, catalog: Catalog, use: EventUse, rules: tuple[Rule, ...], tests: tuple[Test, ...]
    ) -> None:
        from cep.language import ast
        from cep.language.kept.outcome import ImportedFile, Outcome, packed_models
        from cep.language.kept.shelf import digest

        watched = self._watched[file.name]
        if not self._is_whole(file, watched, rules, tests):
            return
        written = [item.path for item in file.tree.items if isinstance(item, ast.Import)]
        imports = tuple(
            ImportedFile(path, other.name, span, other.digest or b"")
            for path, (other, span) in zip(written, file.imports, strict=True)
        )
        file.digest = digest(file.text, tuple(found.digest for found in imports))
        spans = frozenset(name for rule in rules for name in rule.span_params)
        if self.files.shelf is None or not spans.isdisjoint(self.params):
            return
        # text that is no Unicode, as escapes and Linux's file names allow it, cannot be packed and need not be kept;
        # nor need what nests deep, where the caller has left little of Python's stack
        with suppress(ValueError, RecursionError):
            outcome = Outcome(
                imports,
                _own(catalog.declared(), file.name),
                use,
                file.digest,
                tuple((rule.name, rule.span) for rule in rules),
                spans,
                tuple(watched.of_declarations),
                tuple(watched.of_rules),
                packed_models(rules, tests),
            )
            self.files.shelf.keep(file.name, file.text, outcome)

    def _is_whole(self, file: SourceFile, watched: _Watched, rules: tuple[Rule, ...], tests: tuple[Test, ...]) -> bool:
        """Whether all of a file was checked, and only warnings were found in it and what it imports."""
        from cep.language import ast

        if file.slips or file.lost_imports or watched.failures:
            return False
        if any(imported.digest is None for imported, _ in file.imports):
            return False
        written = {kind: sum(isinstance(item, kind) for item in file.tree.items) for kind in (ast.Rule, ast.Test)}
        # a rule of another file that a test brings in is that file's, and not checked with this one the next time
        own = {rule.name for rule in rules}
        return written == {ast.Rule: len(rules), ast.Test: len(tests)} and all(test.rule in own for test in tests)


def _own(seen: Declared, file: str) -> Declared:
    """The declarations that stand in the file itself."""

    def of(infos: tuple[_Info, ...]) -> tuple[_Info, ...]:
        return tuple(info for info in infos if info.span.file == file)

    return Declared(of(seen.events), of(seen.lists), of(seen.params), of(seen.functions))
