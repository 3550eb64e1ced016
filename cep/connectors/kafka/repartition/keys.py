"""Which rules find all events of a key in one partition of their topics, and which do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import Job, TopicSource
from cep.language.model import RoleKey, Rule
from cep.plan.edits.forms import key_text
from cep.plan.role_keys import RoleKeys, decided_by_one_event, role_keys
from cep.runtime.wiring import Wiring

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyedRule:
    """A rule: the sources that feed it, and where its events have its key."""

    rule: Rule
    sources: tuple[str, ...]
    roles: RoleKeys


def keyed_rules(wiring: Wiring) -> Iterator[KeyedRule]:
    """The rules that run."""
    sources = {name: lane.sources for lane in wiring.lanes for name in lane.rules}
    for rule in wiring.rules.rules:
        if rule.name in sources:
            yield KeyedRule(rule, sources[rule.name], role_keys(rule))


class RecordKeys:
    """What the record keys of a job's topics are made of: as its sources say, or as all rules over a source have it.

    `partitions` by source: of a topic with one partition there is nothing to know. Raises `ConfigurationError` for a
    source that does not say it where its rules do not agree."""

    def __init__(self, job: Job, wiring: Wiring, partitions: Mapping[str, int]) -> None:
        assert job.kafka is not None
        self._wiring = wiring
        rules = [of for of in keyed_rules(wiring) if not decided_by_one_event(of.rule)]
        self._keys: dict[str, tuple[Path, ...]] = {}
        for source in job.kafka.sources:
            if partitions[source.name] > 1:
                self._keys[source.name] = self._of(source, rules)

    def hold(self, of: KeyedRule) -> bool:
        """Whether all events of a key of this rule are in partitions of the same number."""
        if decided_by_one_event(of.rule):
            return True
        parts = set()
        for source in of.sources:
            if source not in self._keys:
                continue
            for key in self._roles(of, source):
                own = self._keys[source]
                if not own or not set(own) <= set(key.paths):
                    return False
                parts.add(tuple(key.paths.index(path) for path in own))
        return len(parts) <= 1

    def _of(self, source: TopicSource, rules: list[KeyedRule]) -> tuple[Path, ...]:
        if source.key is not None:
            return tuple(tuple(field.text.split(".")) for field in source.key)
        found: dict[tuple[Path, ...], tuple[str, RoleKey]] = {}
        for of in rules:
            for key in self._roles(of, source.name) if source.name in of.sources else ():
                if key.paths:
                    found.setdefault(key.paths, (of.rule.name, key))
        if len(found) > 1:
            (one, first), (other, second), *_ = found.values()
            told = f"`{one}` by {key_text(first)}"
            told += f" and {key_text(second)}" if one == other else f", `{other}` by {key_text(second)}"
            message = f"the rules over `{source.name}` differ in their key ({told}), so that it has to be known which "
            message += f"fields the record key of `{source.topic}` is made of"
            fix = f"say it in the source: `key: {key_text(first)}`, or `key: []` where the partition says nothing"
            place = f"{source.span.file}:{source.span.line}:{source.span.column}"
            raise ConfigurationError("C0275", message, fix, place)
        return next(iter(found), ())

    def _roles(self, of: KeyedRule, source: str) -> Iterator[RoleKey]:
        for event in self._wiring.sources[source].events:
            yield from of.roles.get(event, ())
