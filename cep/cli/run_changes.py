"""What a run says of rules that have changed: since its state was written, or while it was under way."""

from __future__ import annotations

from dataclasses import dataclass

from cep.cli.telling import tell, warn
from cep.plan.edits.verdict import Verdict
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.driver import Outputs
from cep.runtime.output import Ended, Output


@dataclass(frozen=True, slots=True)
class LiveChange:
    """A version of the rules taken by a run under way: its mark, where, and the verdicts."""

    version: str
    positions: tuple[tuple[str, int, int], ...]
    report: ChangeReport


def tell_changes(report: ChangeReport, whose: str = "") -> None:
    """Each verdict but `keep`, and fields that show what was redacted, on standard error; `whose`: a word before
    `rule`."""
    for change in report.changes:
        if change.verdict is not Verdict.KEEP:
            tell(f"{whose}{change.shown}")
    for event, field in report.shown:
        warn(f"`{event}.{field}` is read from where a redacted field was, and is shown in events from now on")


class EndsTold:
    """Stands before the outputs, and says on standard error when an old version of a rule has come to its end."""

    def __init__(self, outputs: Outputs, told: bool = True) -> None:
        self._outputs = outputs
        self._told = told

    def take(self, output: Output) -> None:
        """Hand an output on."""
        self._outputs.take(output)
        for ended in output.ended if self._told else ():
            tell(ended_text(ended))


def ended_text(ended: Ended) -> str:
    """An old version that is gone."""
    return f"rule `{ended.rule}`: its old version {ended.version} has brought its last partial match to an end"
