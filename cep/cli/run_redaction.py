"""What a run says of fields that are redacted and shown all the same."""

from __future__ import annotations

from cep.cli.telling import warn
from cep.connectors.job.model import Job
from cep.connectors.job.redacting import redacted_fields, shown_fields
from cep.language.model import RuleSet

_WHERE = {"key": "in its key", "emit": "in its output fields"}


def warn_shown(job: Job, rules: RuleSet) -> None:
    """Rules whose key or output fields show what the job redacts: that is their author's to decide."""
    for rule, where, (event, field) in shown_fields(rules, redacted_fields(job, rules)):
        warn(f"rule `{rule}` shows `{event}.{field}`, which is redacted elsewhere, {_WHERE[where]}")
