"""What `cep diff` does: reads both rule sets, asks the state, writes what has changed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import typer

from cep.analysis.differences import Settled, differences, with_state
from cep.analysis.edit_text import render_json, render_text
from cep.cli.job_file import is_job_file, whole_job
from cep.cli.overwriting import first_clash
from cep.cli.run_rules import load_rules
from cep.cli.run_state import state_trouble
from cep.cli.telling import tell_error, tell_findings, warn
from cep.connectors.declared_sources import declare_sources
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import Job, StateFolder
from cep.connectors.job.settings import job_settings
from cep.engine.values import Values
from cep.language.diagnostics import CheckFailed
from cep.language.load import load_paths
from cep.language.model import FunctionInfo, RuleSet
from cep.runtime.changeover.archive import KeptRules
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.function_code import code_marks
from cep.runtime.functions import load_function
from cep.runtime.settings import SettingsError
from cep.runtime.shard import Shard
from cep.runtime.shard_state import compare_state, kept_rules
from cep.runtime.snapshot_file import Snapshot
from cep.runtime.snapshot_store import SnapshotStore
from cep.runtime.source import Source
from cep.runtime.wiring import has_time, wire

DONE, FINDINGS, USAGE = 0, 1, 2


def told(old: str, new: str, state: Path | None, *, as_json: bool, out: Path | None) -> int:
    """Write the differences; gives the exit code."""
    try:
        before, after = _Side(old), _Side(new)
        if out is not None and (
            clash := first_clash(
                [("the differences", out)], [*before.settled.rules.sources, *after.settled.rules.sources]
            )
        ):
            raise ConfigurationError(clash.code, clash.message, clash.fix, clash.place)
        if state is None:
            found = differences(before.settled, after.settled)
        else:
            found = with_state(_asked(state, before, after))
        _write(render_json(found) if as_json else render_text(found), out)
        print(_summary(len(found), len(after.settled.rules.rules)), file=sys.stderr)
    except CheckFailed as failed:
        tell_findings(failed, as_json=as_json)
        return FINDINGS
    except ConfigurationError as error:
        tell_error(error, as_json=as_json)
        return USAGE
    return DONE


class _Side:
    """One of the two rule sets: a job's, or one of files alone, with empty lists and params as declared."""

    def __init__(self, target: str) -> None:
        self.job: Job | None = None
        if is_job_file(target):
            self.job = whole_job(target)
            rules = load_rules(self.job)
            self.settled = Settled(rules, job_settings(self.job, rules))
        else:
            rules = load_paths([target])
            self.settled = Settled(rules, Values())


def _asked(state: Path, before: _Side, after: _Side) -> ChangeReport:
    """What a start of the new rules over a state would say."""
    with state_trouble(StateFolder(state)):
        found = SnapshotStore(state, warn=warn).newest()
        if found is None:
            raise ConfigurationError(
                "C0265", f"there is no whole snapshot in `{state}`", "run the job first", str(state)
            )
        kept = kept_rules(found.parts)
        _compare_texts(kept, before)
        settled = after.settled
        if after.job is None:
            # Rules without a job are run with the settings of before.
            settled = replace(settled, values=kept.values())
        functions = _functions(settled.rules, after.job or before.job)
        wiring = wire(settled.rules, _sources(found, settled.rules, after.job or before.job))
        shard = Shard(wiring, replace(settled.values, functions=functions, code=_code(functions)))
        return compare_state(shard, found.parts, _any_function)


def _functions(rules: RuleSet, job: Job | None) -> dict[str, Callable[..., object]]:
    """The functions that rules declare, whose code is compared; none of them is called."""
    found: dict[str, Callable[..., object]] = {}
    for name, info in rules.functions.items():
        try:
            found[name] = load_function(info, () if job is None else job.allowed_modules)
        except SettingsError as error:
            warn(f"whether the code of `{name}` has changed is not known: {error.message}; {error.fix}")
            found[name] = _nothing
    return found


def _code(functions: dict[str, Callable[..., object]]) -> dict[str, str]:
    return code_marks({name: function for name, function in functions.items() if function is not _nothing})


def _compare_texts(kept: KeptRules, before: _Side) -> None:
    if sorted(kept.texts.values()) != sorted(before.settled.rules.sources.values()):
        warn("the state was made by other rules than OLD: what follows compares those with NEW")


def _sources(found: Snapshot, rules: RuleSet, job: Job | None) -> list[Source]:
    """The sources of a job; without one the one source that the state has read."""
    if job is not None:
        return list(declare_sources(job, rules))
    names = sorted({read.source for read in found.header.read})
    if len(names) > 1:
        message = f"the state was made over {len(names)} sources, and which rules they feed is said in the job file"
        raise ConfigurationError("C0267", message, "name job files in place of rule files")
    events = tuple(name for name, event in rules.events.items() if has_time(event))
    return [Source(name, events) for name in names]


def _write(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"`{out}` cannot be written: {error.strerror or error}"
        raise ConfigurationError("C0115", message, "choose another file", str(out)) from error


def _summary(changed: int, rules: int) -> str:
    if not changed:
        return f"no change of meaning in {rules} rule{'' if rules == 1 else 's'}"
    return f"{changed} rule{'' if changed == 1 else 's'} changed"


def _any_function(info: FunctionInfo) -> Callable[..., object]:
    return _nothing


def _nothing(*arguments: object) -> None:
    """Stands for Python functions: what is open does not depend on their values."""
