"""Names of a whole job: what several files declare must not contradict."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from cep.language.diagnostics import NOWHERE, Span
from cep.language.findings import Findings
from cep.language.model import Declared, EventType, FunctionInfo, ListInfo, ParamInfo, Rule, RuleSet, Test

Info = TypeVar("Info", ListInfo, ParamInfo, FunctionInfo)


class JobNames:
    """Collects the declarations of all files of a job into one rule set."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.rules = RuleSet()
        self.clashes: set[str] = set()
        """Bare names whose second declaration is reported where it is seen."""
        self._named: dict[str, Span] = {}

    def add_declarations(self, declared: Declared) -> None:
        """Take in what a file declares or sees; two different declarations of one name are E0214."""
        for event in declared.events:
            self._event(event)
        for listed in declared.lists:
            self._value(self.rules.lists, listed, "list")
        for param in declared.params:
            self._value(self.rules.params, param, "param")
        for function in declared.functions:
            self._value(self.rules.functions, function, "function")

    def claim_rule(self, name: str, span: Span) -> bool:
        """Whether a rule's qualified name is free in the job; E0213 otherwise."""
        known = self._named.setdefault(name, span)
        if known == span:
            return True
        message = f"there is already a rule `{name}` at {known.file}:{known.line}"
        self.findings.error("E0213", message, span, "rename one of them, or give its file a `module`")
        return False

    def complete(
        self,
        rules: tuple[Rule, ...],
        tests: tuple[Test, ...],
        sources: dict[str, str],
        imports: dict[str, dict[str, str]],
    ) -> RuleSet:
        """The rule set of the job."""
        return replace(self.rules, rules=rules, tests=tests, sources=sources, imports=imports)

    def _event(self, declared: EventType) -> None:
        if declared.time_kind == "event" and not declared.time:
            # a base without a time source only lends its fields
            return
        known = self.rules.events.setdefault(declared.name, declared)
        if known is not declared and replace(known, span=NOWHERE) != replace(declared, span=NOWHERE):
            self._differs("event", declared.name, known.span, declared.span)

    def _value(self, table: dict[str, Info], info: Info, what: str) -> None:
        known = table.setdefault(info.name, info)
        if known is not info and replace(known, span=NOWHERE) != replace(info, span=NOWHERE):
            self._differs(what, info.name, known.span, info.span)

    def _differs(self, what: str, name: str, known: Span, span: Span) -> None:
        if name.rpartition(".")[2] in self.clashes:
            return
        message = f"the {what} `{name}` is declared differently at {known.file}:{known.line}"
        self.findings.error("E0214", message, span, "declare it once, in a file that both import")
