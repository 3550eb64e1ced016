"""The rules that a state was made by, kept with it: texts, params and lists, so that they can be run again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cep.engine.snapshot import pack, unpack
from cep.engine.values import Values
from cep.language.load import check_kept
from cep.language.model import FunctionInfo, Rule, RuleSet
from cep.plan.edits.meaning import Version, functions_of
from cep.runtime.redacted_places import Places
from cep.runtime.settings import SettingsError
from cep.runtime.snapshot_error import SnapshotError

FunctionFinder = Callable[[FunctionInfo], Callable[..., object]]
"""Finds a Python function that rules declare. Raises `SettingsError`."""


class Archive(msgspec.Struct, array_like=True):
    """One rule set: by file the mark of its text and what its imports mean; params and lists in run-time form; marks of
    the code of its functions."""

    files: dict[str, str] = {}
    imports: dict[str, dict[str, str]] = {}
    params: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {}
    code: dict[str, str] = {}


class Library(msgspec.Struct, array_like=True):
    """The rule sets of a snapshot by generation, the texts of their files by mark, and what is redacted."""

    archives: dict[int, Archive] = {}
    texts: dict[str, str] = {}
    places: Places = msgspec.field(default_factory=Places)

    def add(self, generation: int, kept: KeptRules) -> None:
        """Keep one more rule set."""
        self.archives[generation] = kept.archive
        self.texts.update((kept.archive.files[name], text) for name, text in kept.texts.items())

    def take(self, generation: int) -> KeptRules:
        """A rule set again. Raises `SnapshotError` where it is not kept."""
        archive = self.archives.get(generation)
        if archive is None or not set(archive.files.values()) <= self.texts.keys():
            fix = "run the rules that it was made by, or start anew"
            raise SnapshotError("the state does not hold the rules that it was made by", fix)
        return KeptRules(archive, {name: self.texts[mark] for name, mark in archive.files.items()})


class KeptRules:
    """One rule set as it is kept; `rules` are checked again when they are first asked for."""

    def __init__(self, archive: Archive, texts: Mapping[str, str]) -> None:
        self.archive = archive
        self.texts = texts
        self._rules: RuleSet | None = None

    @classmethod
    def of(cls, rules: RuleSet, values: Values) -> KeptRules:
        """What is to be kept of a rule set with its values."""
        archive = Archive(
            {name: text_mark(text) for name, text in rules.sources.items()},
            rules.imports,
            {name: pack(value) for name, value in sorted(values.params.items())},
            {name: [pack(value) for value in listed] for name, listed in sorted(values.lists.items())},
            dict(sorted(values.code.items())),
        )
        return cls(archive, rules.sources)

    @property
    def params(self) -> dict[str, object]:
        """The params that were set."""
        return {name: unpack(value) for name, value in self.archive.params.items()}

    @property
    def rules(self) -> RuleSet:
        """The rules, checked again."""
        if self._rules is None:
            self._rules = check_kept(self.texts, self.archive.imports, params=self.params).rules
        return self._rules

    def rule(self, name: str) -> Rule:
        """One of the rules. Raises `SnapshotError` where this release does not take it any more."""
        found = next((rule for rule in self.rules.rules if rule.name == name), None)
        if found is None:
            message = f"the rule `{name}`, by which the state was made, does not check any more"
            raise SnapshotError(message, "use the release that ran it, or start anew")
        return found

    def version(self, name: str) -> Version:
        """A rule with what it refers to."""
        return version_of(self.rules, self.rule(name), self.values())

    def values(self, functions: Mapping[str, Callable[..., object]] | None = None) -> Values:
        """Params and lists as they were, with these functions."""
        lists = {name: tuple(unpack(value) for value in listed) for name, listed in self.archive.lists.items()}
        return Values(self.params, lists, functions or {}, self.archive.code)

    def running_values(self, name: str, find: FunctionFinder) -> Values:
        """The values to run a rule with. Raises `SnapshotError` for a function that cannot be had any more."""
        found = {}
        for function in sorted(functions_of(self.rule(name))):
            try:
                found[function] = find(self.rules.functions[function])
            except SettingsError as error:
                message = f"the old version of `{name}` calls a function that cannot be had: {error.message}"
                raise SnapshotError(message, error.fix) from error
        return self.values(found)


def version_of(rules: RuleSet, rule: Rule, values: Values) -> Version:
    """A rule of a set with what it refers to."""
    params = values.completed(rules.params).params
    return Version(rule, rules.events, params, values.lists, rules.functions, values.code)


def text_mark(text: str) -> str:
    """The mark of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def known_functions(rules: RuleSet, values: Values) -> FunctionFinder:
    """Finds functions among those that the present rules are run with."""
    known = {(info.module, info.attribute): values.functions.get(name) for name, info in rules.functions.items()}

    def find(info: FunctionInfo) -> Callable[..., object]:
        found = known.get((info.module, info.attribute))
        if found is None:
            place = f"{info.module}:{info.attribute}"
            raise SettingsError(f"the function `{place}` is not given", "give it, or allow its module")
        return found

    return find
