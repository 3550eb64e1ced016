"""The rules of a job as they lie on disk now: read, checked, with their values, and planned over its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cep.cli.run_options import RunOptions, job_of
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import Job
from cep.connectors.job.redacting import declared_names, job_names
from cep.connectors.job.settings import job_params, job_values
from cep.connectors.names import is_declared
from cep.engine.values import Values
from cep.language.load import load_paths
from cep.language.model import RuleSet
from cep.language.types import Kind
from cep.runtime.points.version import RulesVersion
from cep.runtime.redaction import Name
from cep.runtime.source import Source
from cep.runtime.wiring import Wiring, wire


@dataclass(frozen=True, slots=True)
class Loaded:
    """A job with its rules, their values, and the fields it redacts."""

    job: Job
    rules: RuleSet
    values: Values
    names: tuple[Name, ...]
    shadow: Loaded | None = None
    """Another version of the rules that runs beside them."""

    @property
    def files(self) -> list[str]:
        """Every file that rules were read from, and the lists of those that run beside them."""
        if self.shadow is None:
            return list(self.rules.sources)
        lists = [str(values.path) for values in self.shadow.job.lists.values() if values.path is not None]
        return [*self.rules.sources, *self.shadow.rules.sources, *lists]

    def version(self) -> RulesVersion:
        """The version of the rules."""
        return RulesVersion.of(self.rules, self.values)


def loaded(options: RunOptions) -> Loaded:
    """What the options mean now. Raises `CheckFailed` and `ConfigurationError`."""
    job = job_of(options)
    rules = load_rules(job)
    return Loaded(job, rules, job_values(job, rules), job_names(job, rules), _shadow(job))


def _shadow(job: Job) -> Loaded | None:
    """The rules that the job runs beside its own: with its params, lists and redacted fields, as far as they are
    declared there, and with those of their own before them."""
    if job.shadow_rules is None:
        return None
    own = job.shadow_rules
    job = replace(job, rules=own.rules or job.rules)
    declared = load_paths(job.rules)
    job = replace(
        job,
        params={name: of for name, of in job.params.items() if is_declared(name, declared.params)} | own.params,
        lists={name: of for name, of in job.lists.items() if is_declared(name, declared.lists)} | own.lists,
    )
    rules = load_rules(job)
    return Loaded(job, _in_shadow(rules), job_values(job, rules), declared_names(job, rules))


def _in_shadow(rules: RuleSet) -> RuleSet:
    """The same rules, none of which is live."""
    found = (
        replace(rule, meta=replace(rule.meta, mode="shadow")) if rule.meta.mode == "live" else rule
        for rule in rules.rules
    )
    return replace(rules, rules=tuple(found))


def load_rules(job: Job) -> RuleSet:
    """The job's rules, with its params where spans are made of them. Raises `CheckFailed`."""
    rules = load_paths(job.rules)
    params = job_params(job, rules)
    if any(rules.params[name].type.kind is Kind.DURATION for name in params):
        return load_paths(job.rules, params=params)
    return rules


def wired(rules: RuleSet, sources: Sequence[Source]) -> Wiring:
    """The rules planned over the inputs. Raises `CheckFailed` and `ConfigurationError`."""
    try:
        return wire(rules, sources)
    except ValueError as error:
        fix = "give each source its own file, and let no two files hold the same topic's partition"
        raise ConfigurationError("C0241", str(error), fix) from error
