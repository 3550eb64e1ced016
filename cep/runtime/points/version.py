"""One version of the rules of a job, as a whole: texts, params and lists, named by a hash of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import msgspec

from cep.engine.values import Values
from cep.language.model import RuleSet
from cep.runtime.changeover.archive import KeptRules

LENGTH = 16
"""Hexadecimal digits of a version's mark."""


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """A rule set with its values, so that it can be run again. `mark`: a hash of what is in it, wherever its files lie.
    `names`: its rules in their order, of the files kept maybe not all."""

    mark: str
    names: tuple[str, ...]
    kept: KeptRules

    @classmethod
    def of(cls, rules: RuleSet, values: Values) -> RulesVersion:
        """The version that a rule set with its values is."""
        kept = KeptRules.of(rules, values)
        names = tuple(rule.name for rule in rules.rules)
        archive = kept.archive
        content = (sorted(archive.files.values()), names, archive.params, archive.lists, archive.code)
        return cls(hashlib.sha256(msgspec.msgpack.encode(content)).hexdigest()[:LENGTH], names, kept)

    def rules(self) -> RuleSet:
        """The rule set, checked again. Raises `SnapshotError` for a rule that this release does not take any more."""
        return replace(self.kept.rules, rules=tuple(self.kept.rule(name) for name in self.names))
