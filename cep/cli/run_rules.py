"""The rules of a job as they lie on disk now: read, checked, with their values, and planned over its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cep.cli.run_options import RunOptions, job_of
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import Job
from cep.connectors.job.redacting import job_redaction
from cep.connectors.job.settings import job_params, job_values
from cep.engine.values import Values
from cep.language.load import load_paths
from cep.language.model import RuleSet
from cep.language.types import Kind
from cep.runtime.points.version import RulesVersion
from cep.runtime.redaction import Redaction
from cep.runtime.source import Source
from cep.runtime.wiring import Wiring, wire


@dataclass(frozen=True, slots=True)
class Loaded:
    """A job with its rules, their values, and what it redacts."""

    job: Job
    rules: RuleSet
    values: Values
    redaction: Redaction

    def version(self) -> RulesVersion:
        """The version of the rules."""
        return RulesVersion.of(self.rules, self.values)


def loaded(options: RunOptions) -> Loaded:
    """What the options mean now. Raises `CheckFailed` and `ConfigurationError`."""
    job = job_of(options)
    rules = load_rules(job)
    return Loaded(job, rules, job_values(job, rules), job_redaction(job, rules))


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
