"""The values a job gives to the rules: params, lists and Python functions, each checked against its declaration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cep.connectors.job.literal_values import read_value
from cep.connectors.job.model import Job, ListSource, Written
from cep.connectors.names import find_declared
from cep.engine.values import Values
from cep.language.diagnostics import CheckFailed, Span
from cep.language.findings import Findings
from cep.language.literals import BadLiteral
from cep.language.model import ListInfo, ParamInfo, RuleSet
from cep.runtime.function_code import code_marks
from cep.runtime.functions import is_allowed, load_function
from cep.runtime.settings import SettingsError


def job_params(job: Job, rules: RuleSet) -> dict[str, object]:
    """The job's params alone, by qualified name; errors as `job_values`. Spans of rules may depend on them."""
    settings = _Settings(rules)
    params = settings.params(job)
    if found := settings.findings.sorted():
        raise CheckFailed(found, {**rules.sources, **job.sources_text})
    return params


def job_settings(job: Job, rules: RuleSet) -> Values:
    """The job's params and lists, without functions; errors as `job_values`."""
    settings = _Settings(rules)
    values = Values(settings.params(job), settings.lists(job))
    if found := settings.findings.sorted():
        raise CheckFailed(found, {**rules.sources, **job.sources_text})
    return values


def job_values(job: Job, rules: RuleSet) -> Values:
    """Read the job's params and lists by their declarations, and import the functions its rules declare.

    Raises `CheckFailed` with everything that is wrong in the job file and with lists that have no value.
    """
    settings = _Settings(rules)
    functions = settings.functions(job)
    values = Values(settings.params(job), settings.lists(job), functions, code_marks(functions))
    if found := settings.findings.sorted():
        raise CheckFailed(found, {**rules.sources, **job.sources_text})
    return values


class _Settings:
    """Collects what is wrong while reading."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self.findings = Findings()

    def params(self, job: Job) -> dict[str, object]:
        """Values of the params that the job sets, by qualified name."""
        values: dict[str, object] = {}
        for name, written in job.params.items():
            found = find_declared(self.findings, "param", name, self._rules.params, written.span)
            if found is None:
                continue
            info = self._rules.params[found]
            value = self._value(written, info)
            if value is not None and self._is_in_range(value, info, written.span):
                values[found] = value
        return values

    def lists(self, job: Job) -> dict[str, tuple[object, ...]]:
        """Values of every declared list, by qualified name."""
        values: dict[str, tuple[object, ...]] = {}
        for name, source in job.lists.items():
            found = find_declared(self.findings, "list", name, self._rules.lists, source.span)
            if found is not None:
                values[found] = self._elements(source, self._rules.lists[found])
        for name, info in self._rules.lists.items():
            if name not in values:
                fix = f"add it under `lists:` of the job file, or `--list {name}=FILE`; an empty list is `[]`"
                self.findings.error("C0230", f"the list `{name}` has no values in this job", info.span, fix)
        return values

    def functions(self, job: Job) -> dict[str, Callable[..., object]]:
        """The declared Python functions by qualified name; only modules the job allows are imported."""
        functions: dict[str, Callable[..., object]] = {}
        for name, info in self._rules.functions.items():
            try:
                functions[name] = load_function(info, job.allowed_modules)
            except SettingsError as error:
                fix = error.fix
                if not is_allowed(info.module, job.allowed_modules):
                    fix = f"add `functions: {{allow: [{info.module}]}}` to the job file, or `--allow {info.module}`"
                self.findings.error("C0236", error.message, info.span, fix)
        return functions

    def _value(self, written: Written, info: ParamInfo | ListInfo) -> object:
        declared = info.type if isinstance(info, ParamInfo) else info.element
        try:
            return read_value(written.text, declared)
        except BadLiteral as error:
            message = f"{error.message}, and `{info.name}` is declared as {declared}"
            self.findings.error("C0233", message, written.span, error.fix)
            return None

    def _is_in_range(self, value: Any, info: ParamInfo, span: Span) -> bool:
        low: Any = info.low
        high: Any = info.high
        if (low is None or low <= value) and (high is None or value <= high):
            return True
        message = f"the value of `{info.name}` is outside the range that its declaration allows"
        fix = f"choose a value in the range given at {info.span}"
        self.findings.error("C0234", message, span, fix)
        return False

    def _elements(self, source: ListSource, info: ListInfo) -> tuple[object, ...]:
        written = source.values if source.path is None else self._lines(source.path, source.span)
        return tuple(value for item in written if (value := self._value(item, info)) is not None)

    def _lines(self, path: Path, span: Span) -> tuple[Written, ...]:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)
            message = f"the list file `{path}` cannot be read: {reason}"
            self.findings.error("C0235", message, span, "name a text file with one value a line")
            return ()
        lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
        # A line that starts with # is a comment, so that a list can say where it comes from.
        return tuple(
            Written(line, Span(str(path), number, 1, number, len(line) + 1))
            for number, line in lines
            if line and not line.startswith("#")
        )
