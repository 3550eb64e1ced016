"""A YAML document read by node, so that every error has its place and every scalar keeps its text.

YAML would make a number of `9_000.00` and 90 of `1:30`; the job file means what the language's literals mean, so
values are taken from the text of the scalar.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import yaml

from cep.language.diagnostics import CheckFailed, Span
from cep.language.findings import Findings
from cep.language.spelling import did_you_mean, listed

T = TypeVar("T")

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_NULL = "tag:yaml.org,2002:null"
_KINDS = {"mapping": "a mapping of keys to values", "sequence": "a list", "scalar": "a single value"}


class Document:
    """One YAML file: reads nodes into values, and collects what is wrong with them in `findings`."""

    def __init__(self, file: str, text: str, variables: Mapping[str, str] | None = None) -> None:
        """`file` is the name shown in messages; `variables` fill in `${NAME}` (default: the environment)."""
        self.file = file
        self.findings = Findings()
        self._source = text
        self._variables = os.environ if variables is None else variables

    def root(self) -> yaml.Node:
        """The top node. Raises `CheckFailed` where the text is no YAML or is empty."""
        try:
            node = yaml.compose(self._source.removeprefix("\ufeff"), Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self._place(mark.line + 1, mark.column + 1) if mark else self._place(1, 1)
            message = f"this is not valid YAML: {error.problem or error.context}"
            self.findings.error("C0201", message, place, "check the indentation and the quotes here")
        except yaml.YAMLError as error:
            detail = str(error).splitlines()[0]
            fix = "save the file as UTF-8 text without control characters"
            self.findings.error("C0201", f"this is not valid YAML: {detail}", self._place(1, 1), fix)
        else:
            if node is not None:
                return node
            self.findings.error("C0202", "the job file is empty", self._place(1, 1), "give it at least `rules:`")
        raise self.failed()

    def failed(self) -> CheckFailed:
        """The findings so far as an exception."""
        return CheckFailed(self.findings.sorted(), {self.file: self._source})

    def span(self, node: yaml.Node) -> Span:
        """Where a node stands."""
        start, end = node.start_mark, node.end_mark
        return Span(self.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def error(self, code: str, message: str, node: yaml.Node, fix: str) -> None:
        """Record an error at a node."""
        self.findings.error(code, message, self.span(node), fix)

    def entries(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """A mapping's keys and values as nodes, by key; `what` names it in messages. Errors are recorded."""
        if not isinstance(node, yaml.MappingNode):
            self._wrong_kind(node, what, "mapping")
            return {}
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None:
                self.error("C0203", f"a key of {what} is a single word", key, "write `name: value`")
            elif name in found:
                self.error("C0204", f"`{name}` is given twice in {what}", key, "keep one of the two")
            else:
                found[name] = (key, value)
        return found

    def section(self, node: yaml.Node, what: str, readers: Mapping[str, Callable[[yaml.Node], object]]) -> set[str]:
        """Read a mapping of known keys, each by its reader; unknown keys are errors. Returns the keys present."""
        entries = self.entries(node, what)
        for name, (key, value) in entries.items():
            reader = readers.get(name)
            if reader is None:
                fix = did_you_mean(name, readers, f"known keys: {listed(sorted(readers), 20)}")
                self.error("C0205", f"{what} has no key `{name}`", key, fix)
            else:
                reader(value)
        return set(entries)

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        """The items of a list; a single value counts as a list of one. Errors are recorded."""
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        if isinstance(node, yaml.ScalarNode) and node.tag != _NULL:
            return [node]
        self._wrong_kind(node, what, "sequence")
        return []

    def filled_in(self, node: yaml.Node) -> list[str]:
        """The values of the variables in a scalar."""
        names = _VARIABLE.findall(node.value) if isinstance(node, yaml.ScalarNode) else []
        return [self._variables[name] for name in names if name in self._variables]

    def text(self, node: yaml.Node, what: str) -> str | None:
        """The text of a scalar with each `${NAME}` filled in (`$${` stands for `${`).

        None after recording an error.
        """
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL:
            self._wrong_kind(node, what, "scalar")
            return None
        missing: list[str] = []

        def fill(found: re.Match[str]) -> str:
            if found[1] is None:
                return "${"
            if (value := self._variables.get(found[1])) is None:
                missing.append(found[1])
                return ""
            return value

        text = _VARIABLE.sub(fill, node.value)
        for name in missing:
            message = f"the environment variable `{name}` is not set"
            self.error("C0206", message, node, f"set it, as in `{name}=… cep run …`, or write the value here")
        return None if missing else text

    def choice(self, node: yaml.Node, what: str, words: tuple[str, ...]) -> str | None:
        """One of the given words, or None after recording an error."""
        text = self.text(node, what)
        if text is None or text in words:
            return text
        fix = did_you_mean(text, words, f"write one of {listed(words)}")
        self.error("C0207", f"`{text}` is not possible for {what}", node, fix)
        return None

    def integer(self, node: yaml.Node, what: str, minimum: int) -> int | None:
        """A whole number of at least `minimum`, or None after recording an error."""
        text = self.text(node, what)
        if text is None:
            return None
        digits = text.replace("_", "")
        if digits.isascii() and digits.isdigit() and len(digits) < 19 and int(digits) >= minimum:
            return int(digits)
        self.error("C0208", f"`{text}` is not a whole number of at least {minimum}", node, "write it in digits")
        return None

    def _wrong_kind(self, node: yaml.Node, what: str, wanted: str) -> None:
        got = (
            "nothing"
            if getattr(node, "tag", None) == _NULL
            else _KINDS.get(str(getattr(node, "id", "")), "something else")
        )
        message = f"{what} is {_KINDS[wanted]}, and this is {got}"
        self.error("C0209", message, node, _FIXES[wanted])

    def _place(self, line: int, column: int) -> Span:
        return Span(self.file, line, column, line, column + 1)


_FIXES = {
    "mapping": "write `key: value` lines under it",
    "sequence": "write `[a, b]`, or a line `- a` for each",
    "scalar": "write one word, number or quoted text",
}
