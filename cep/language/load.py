"""From files or text to a checked `RuleSet`: the face of this room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cep.language import ast
from cep.language.check.catalog import Catalog
from cep.language.check.declarations import Declaring
from cep.language.check.defines import check_define
from cep.language.check.job import JobNames
from cep.language.check.reads import fields_read
from cep.language.check.rule_tests import check_test
from cep.language.check.rules import check_rule
from cep.language.check.unused import warn_unused_events
from cep.language.diagnostics import CheckFailed, Diagnostic, Severity, Span
from cep.language.files import Selection, SourceFile, SourceFiles
from cep.language.findings import Findings
from cep.language.model import Rule, RuleSet, Test
from cep.language.spelling import did_you_mean, listed


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found. `rules` leaves out every rule and test that has errors; `sources`: text by file name."""

    rules: RuleSet
    diagnostics: tuple[Diagnostic, ...]
    sources: dict[str, str]

    @property
    def failed(self) -> bool:
        """Whether there is any error (warnings do not count)."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


def load_paths(paths: Sequence[Path | str], *, params: Mapping[str, object] | None = None) -> RuleSet:
    """The rules of folders, files and `FILE::RULE` selections; raises `CheckFailed` if anything is wrong.

    `params`: values by qualified name, in run-time form, for spans that are params; others take their default.
    """
    return _whole(check_paths(paths, params=params))


def load_text(text: str, name: str = "rules.pattern", *, params: Mapping[str, object] | None = None) -> RuleSet:
    """The rules of one file given as text; imports are relative to `name`. Raises `CheckFailed`."""
    return _whole(check_text(text, name, params=params))


def check_paths(paths: Sequence[Path | str], *, params: Mapping[str, object] | None = None) -> CheckResult:
    """Check folders (every `*.pattern` below), files and `FILE::RULE` selections. Never raises on what they hold."""
    findings = Findings()
    files = SourceFiles(findings)
    selections = [files.select(str(path)) for path in paths]
    for selection in selections:
        for name in selection.names:
            files.load(name)
    return _Check(files, findings, params or {}).run(selections)


def check_text(text: str, name: str = "rules.pattern", *, params: Mapping[str, object] | None = None) -> CheckResult:
    """Check one file given as text. Never raises on what it holds."""
    findings = Findings()
    files = SourceFiles(findings)
    files.parse(text.removeprefix("\ufeff"), name)
    return _Check(files, findings, params or {}).run([Selection(name, (name,))])


def _whole(result: CheckResult) -> RuleSet:
    if result.failed:
        raise CheckFailed(result.diagnostics, result.sources)
    return result.rules


class _Check:
    """One check of a job: declarations of all files, then the rules selected, then their tests."""

    def __init__(self, files: SourceFiles, findings: Findings, params: Mapping[str, object]) -> None:
        self.files = files
        self.findings = findings
        self.params = params
        self.job = JobNames(findings)
        self.catalogs: dict[str, Catalog] = {}
        self.rules: dict[str, Rule] = {}
        self.reads: dict[str, dict[str, set[str]]] = {}
        """Fields read by rules that have tests, worked out once."""
        self.seen: set[str] = set()
        """Qualified names of rules looked at, checked or not."""

    def run(self, selections: list[Selection]) -> CheckResult:
        """Check everything selected."""
        self._declare()
        for selection in selections:
            self._check_selection(selection)
        for file, rule in self._selected(selections):
            self._rules(file, rule)
        tests = tuple(test for file, rule in self._selected(selections) for test in self._tests(file, rule))
        if not self.findings.failures and all(selection.rule is None for selection in selections):
            warn_unused_events(self.files.read.values(), self.findings)
        rules = replace(self.job.complete(tuple(self.rules.values()), self.files.texts), tests=tests)
        return CheckResult(rules, self.findings.sorted(), self.files.texts)

    def _declare(self) -> None:
        declared: dict[str, Declaring] = {}
        for file in self.files.read.values():
            declaring = Declaring(file, self.findings)
            for imported, span in file.imports:
                declaring.include(declared[imported.name], span)
            declaring.declare()
            declared[file.name] = declaring
            self.catalogs[file.name] = declaring.catalog
            for define in declaring.catalog.defines.values():
                if define.catalog is declaring.catalog:
                    check_define(define, self.findings)
        self.job.clashes = {name for declaring in declared.values() for name in declaring.clashes}
        for catalog in self.catalogs.values():
            self.job.add_declarations(catalog)

    def _selected(self, selections: list[Selection]) -> Iterator[tuple[SourceFile, str | None]]:
        by_name = {file.name: file for file in self.files.read.values()}
        seen: set[tuple[str, str | None]] = set()
        for selection in selections:
            for name in selection.names:
                file = by_name.get(name) or self.files.at(name)
                if file is not None and (file.name, selection.rule) not in seen:
                    seen.add((file.name, selection.rule))
                    yield file, selection.rule

    def _rules(self, file: SourceFile, selected: str | None) -> None:
        catalog = self.catalogs[file.name]
        for node in _rule_nodes(file):
            if selected in (None, node.name, catalog.qualified(node.name)):
                self._rule(node, file, catalog)

    def _check_selection(self, selection: Selection) -> None:
        """E0704 where a selected rule is in none of the files of its path."""
        files = [file for file in map(self.files.at, selection.names) if file is not None]
        names = {
            node.name: self.catalogs[file.name].qualified(node.name) for file in files for node in _rule_nodes(file)
        }
        wanted = selection.rule
        if wanted is None or not files or wanted in names or wanted in names.values():
            return
        fix = did_you_mean(wanted, names, f"its rules are {listed(names)}")
        message = f"there is no rule `{wanted}` in `{selection.path}`"
        self.findings.error("E0704", message, Span(files[0].name, 1, 1, 1, 1), fix)

    def _rule(self, node: ast.Rule, file: SourceFile, catalog: Catalog) -> None:
        name = catalog.qualified(node.name)
        if not self.job.claim_rule(name, node.name_span) or name in self.seen:
            return
        self.seen.add(name)
        lost = file.has_lost(node.span, [clause.span for clause in node.clauses])
        rule = check_rule(node, catalog, self.findings, self.params, damaged=lost)
        # a clause with a slip may be in the tree as the parser guessed it: checked, but not to be run
        if rule is not None and not file.is_damaged(node.span):
            self.rules[name] = rule

    def _tests(self, file: SourceFile, selected: str | None) -> Iterator[Test]:
        catalog = self.catalogs[file.name]
        for node in file.tree.items:
            if not isinstance(node, ast.Test) or file.is_damaged(node.span):
                continue
            if selected is not None and selected not in (node.rule, catalog.qualified(node.rule)):
                continue
            rule = self._rule_of(node, catalog)
            if rule is None:
                continue
            if rule.name not in self.reads:
                self.reads[rule.name] = fields_read(rule)
            test = check_test(node, rule, self.reads[rule.name], catalog, self.findings)
            if test is not None:
                yield test

    def _rule_of(self, node: ast.Test, catalog: Catalog) -> Rule | None:
        """The rule a test is for; None where there is none, or where it does not check itself."""
        name = catalog.rules.get(node.rule)
        if name is None:
            if not catalog.incomplete:
                fix = did_you_mean(node.rule, catalog.rules, f"the rules are {listed(catalog.rules)}")
                self.findings.error("E0601", f"there is no rule `{node.rule}` to test", node.rule_span, fix)
            return None
        if name not in self.seen:
            self._rule_elsewhere(name)
        return self.rules.get(name)

    def _rule_elsewhere(self, name: str) -> None:
        """Check a rule of an imported file, which a test of a selected file is for."""
        for file in self.files.read.values():
            catalog = self.catalogs[file.name]
            for node in file.tree.items:
                if isinstance(node, ast.Rule) and catalog.qualified(node.name) == name:
                    self._rule(node, file, catalog)


def _rule_nodes(file: SourceFile) -> list[ast.Rule]:
    return [item for item in file.tree.items if isinstance(item, ast.Rule)]
