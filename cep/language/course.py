"""One check of a job from its files to its rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cep.language.check.job import JobNames
from cep.language.check.unused import EventUse, event_use, warn_unused_events
from cep.language.diagnostics import Diagnostic, Severity, Span
from cep.language.files import Selection, SourceFile, SourceFiles
from cep.language.findings import Findings
from cep.language.keeping import Keeping
from cep.language.model import Rule, RuleSet, Test
from cep.language.spelling import did_you_mean, listed

if TYPE_CHECKING:
    from cep.language import ast
    from cep.language.check.catalog import Catalog
    from cep.language.check.declarations import Declaring


@dataclass(frozen=True)
class CheckResult:
    """What a check found. `number`: of rules without errors; `sources`: text by file name."""

    number: int
    diagnostics: tuple[Diagnostic, ...]
    sources: dict[str, str]
    complete: Callable[[], RuleSet]
    """Puts the rules together: those known from an earlier check are only read when they are asked for."""

    @cached_property
    def rules(self) -> RuleSet:
        """All but the rules and tests that have errors."""
        return self.complete()

    @property
    def failed(self) -> bool:
        """Whether there is any error (warnings do not count)."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


class Course:
    """One check of a job: declarations of all files, then the rules selected, then their tests.

    Files whose outcome is known from an earlier check are passed over. What checks is imported where a file needs it.
    """

    def __init__(self, files: SourceFiles, findings: Findings, params: Mapping[str, object]) -> None:
        self.files = files
        self.findings = findings
        self.params = params
        self.job = JobNames(findings)
        self.catalogs: dict[str, Catalog] = {}
        self.rules: dict[str, Rule | SourceFile] = {}
        """By qualified name; the file where its outcome holds the rule."""
        self.tests: list[Test | SourceFile] = []
        self.reads: dict[str, dict[str, set[str]]] = {}
        """Fields read by rules that have tests, worked out once."""
        self.seen: set[str] = set()
        """Qualified names of rules looked at, checked or not."""
        self.keeping = Keeping(files, findings, params)

    def run(self, selections: list[Selection]) -> CheckResult:
        """Check everything selected."""
        self.keeping.settle()
        self._declare()
        for selection in selections:
            self._check_selection(selection)
        for file, rule in self._selected(selections):
            self._rules(file, rule)
        for file, rule in self._selected(selections):
            with self.keeping.watch(file):
                self.tests.extend(self._tests(file, rule))
        uses = {file.name: self._use(file) for file in self.files.read.values()}
        self.keeping.keep(self.catalogs, uses, self.rules, self.tests)
        if not self.findings.failures and all(selection.rule is None for selection in selections):
            warn_unused_events(uses.values(), self.findings)
        return CheckResult(len(self.rules), self.findings.sorted(), self.files.texts, self._complete)

    def _complete(self) -> RuleSet:
        files = {place.name: place for place in (*self.rules.values(), *self.tests) if isinstance(place, SourceFile)}
        known = {name: file.outcome.models() for name, file in files.items() if file.outcome is not None}
        of_files = {rule.name: rule for rules, _ in known.values() for rule in rules}
        rules = tuple(of_files[name] if isinstance(at, SourceFile) else at for name, at in self.rules.items())
        tests: list[Test] = []
        for test in self.tests:
            tests.extend(known[test.name][1] if isinstance(test, SourceFile) else (test,))
        return self.job.complete(rules, tuple(tests), self.files.texts, self.files.imports)

    def _use(self, file: SourceFile) -> EventUse:
        return event_use(file.tree, bool(file.slips)) if file.outcome is None else file.outcome.use

    def _declare(self) -> None:
        declared: dict[str, Declaring] = {}
        for file in self.files.read.values():
            if file.outcome is not None:
                self.findings.add(file.outcome.of_declarations)
                continue
            with self.keeping.watch(file, declaring=True):
                declared[file.name] = self._declarations(file, declared)
        self.job.clashes = {name for declaring in declared.values() for name in declaring.clashes}
        for file in self.files.read.values():
            catalog = self.catalogs.get(file.name)
            if file.outcome is not None:
                self.job.add_declarations(file.outcome.declared)
            elif catalog is not None:
                self.job.add_declarations(catalog.declared())

    def _declarations(self, file: SourceFile, others: Mapping[str, Declaring]) -> Declaring:
        from cep.language.check.declarations import Declaring
        from cep.language.check.defines import check_define
        from cep.language.check.expressions import REGISTERED

        assert REGISTERED, "defines may hold any kind of expression"
        declaring = Declaring(file, self.findings)
        for imported, span in file.imports:
            declaring.include(others[imported.name], span)
        declaring.declare()
        self.catalogs[file.name] = declaring.catalog
        for define in declaring.catalog.defines.values():
            if define.catalog is declaring.catalog:
                check_define(define, self.findings)
        return declaring

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
        if file.outcome is not None:
            self.findings.add(file.outcome.of_rules)
            self.rules |= {name: file for name, span in file.outcome.rules if self.job.claim_rule(name, span)}
            return
        catalog = self.catalogs[file.name]
        for node in _rule_nodes(file):
            if selected in (None, node.name, catalog.qualified(node.name)):
                with self.keeping.watch(file):
                    self._rule(node, file, catalog)

    def _check_selection(self, selection: Selection) -> None:
        """E0704 where a selected rule is in none of the files of its path."""
        if selection.rule is None:
            return
        files = [file for file in map(self.files.at, selection.names) if file is not None]
        names = {
            node.name: self.catalogs[file.name].qualified(node.name) for file in files for node in _rule_nodes(file)
        }
        wanted = selection.rule
        if not files or wanted in names or wanted in names.values():
            return
        fix = did_you_mean(wanted, names, f"its rules are {listed(names)}")
        message = f"there is no rule `{wanted}` in `{selection.path}`"
        self.findings.error("E0704", message, Span(files[0].name, 1, 1, 1, 1), fix)

    def _rule(self, node: ast.Rule, file: SourceFile, catalog: Catalog) -> None:
        from cep.language.check.rules import check_rule

        name = catalog.qualified(node.name)
        if not self.job.claim_rule(name, node.name_span) or name in self.seen:
            return
        self.seen.add(name)
        lost = file.has_lost(node.span, [clause.span for clause in node.clauses])
        rule = check_rule(node, catalog, self.findings, self.params, damaged=lost)
        # a clause with a slip may be in the tree as the parser guessed it: checked, but not to be run
        if rule is not None and not file.is_damaged(node.span):
            self.rules[name] = rule

    def _tests(self, file: SourceFile, selected: str | None) -> Iterator[Test | SourceFile]:
        if file.outcome is not None:
            yield file
            return
        from cep.language import ast

        catalog = self.catalogs[file.name]
        for node in file.tree.items:
            if not isinstance(node, ast.Test) or file.is_damaged(node.span):
                continue
            if selected is not None and selected not in (node.rule, catalog.qualified(node.rule)):
                continue
            rule = self._rule_of(node, catalog)
            test = None if rule is None else self._test(node, rule, catalog)
            if test is not None:
                yield test

    def _test(self, node: ast.Test, rule: Rule, catalog: Catalog) -> Test | None:
        from cep.language.check.reads import fields_read
        from cep.language.check.rule_tests import check_test

        if rule.name not in self.reads:
            self.reads[rule.name] = fields_read(rule)
        return check_test(node, rule, self.reads[rule.name], catalog, self.findings)

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
        found = self.rules.get(name)
        # the rules that a file sees are checked anew together with it
        return found if isinstance(found, Rule) else None

    def _rule_elsewhere(self, name: str) -> None:
        """Check a rule of an imported file, which a test of a selected file is for."""
        for file in self.files.read.values():
            catalog = self.catalogs.get(file.name)
            for node in () if catalog is None else _rule_nodes(file):
                if catalog is not None and catalog.qualified(node.name) == name:
                    self._rule(node, file, catalog)


def _rule_nodes(file: SourceFile) -> list[ast.Rule]:
    from cep.language import ast

    return [item for item in file.tree.items if isinstance(item, ast.Rule)]
