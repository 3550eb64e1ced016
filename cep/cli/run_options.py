"""The options of `cep run` as a job: a job file with some of its settings replaced, or a job made of options alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cep.cli.job_file import is_job_file
from cep.cli.overwriting import Place, first_clash
from cep.connectors.errors import ConfigurationError
from cep.connectors.files import named_source
from cep.connectors.job.model import Evidence, FileSink, Job, ListSource, ShadowRules, Written
from cep.connectors.outputs import outputs_of


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What was written on the command line; None and empty where nothing was."""

    targets: tuple[str, ...]
    sources: tuple[str, ...] = ()
    to: str | None = None
    type_field: str | None = None
    params: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    shadow: str | None = None
    late: str | None = None
    dead_letters: str | None = None
    evidence: Evidence | None = None
    open_end: bool = False
    quiet: bool = False
    from_start: bool = False
    allow_reset: bool = False
    allow_loss: bool = False
    watch: bool = False
    record: Path | None = None
    replay: Path | None = None
    shadow_rules: tuple[str, ...] = ()
    exported: Path | None = None
    workers: int | None = None
    """How many processes do it; None: this one."""
    worker: int | None = None
    """Which of them this one is."""


def job_of(options: RunOptions) -> Job:
    """The job that the options mean. Raises `ConfigurationError`, and `CheckFailed` for what a job file has wrong."""
    files = [target for target in options.targets if is_job_file(target)]
    if files and len(options.targets) > 1:
        raise ConfigurationError(
            "C0250", "a job file stands alone: it names the rules itself", f"run `cep run {files[0]}`", files[0]
        )
    _refuse_with_replay(options)
    job = _from_file(files[0], options) if files else _from_options(options)
    if options.replay is not None:
        job = _to_replay(job, options)
    if options.from_start and job.kafka is not None:
        message = "`--from-start` is for jobs over files: the state of a job over topics goes with its group's offsets"
        fix = "to begin anew, name another `group.id` under `kafka`, and another `state: {topic: NAME}`"
        raise ConfigurationError("C0296", message, fix, job.name)
    if options.allow_loss and job.kafka is None:
        message = "`--allow-loss` is for jobs over topics: files lose no records"
        raise ConfigurationError("C0242", message, "leave it out", job.name)
    if options.from_start and job.state is None:
        message = "`--from-start` is for jobs that keep state, and this one does not: it begins at the start anyway"
        raise ConfigurationError("C0258", message, "leave the option out, or add `state: {dir: state}` to the job file")
    return _with_settings(replace(job, **_replaced(options)), options)


def _from_file(path: str, options: RunOptions) -> Job:
    for value, option in ((options.sources, "--from"), (options.type_field, "--type-field")):
        if value:
            fix = "leave the option out, or the job file"
            raise ConfigurationError("C0251", f"`{option}` does not go with a job file", fix, path)
    # imported late: YAML is a good part of the time that starting a run takes
    from cep.connectors.job.reader import read_job

    job = read_job(Path(path))
    if options.exported is None:
        return job
    from cep.connectors.export.job import over_export

    return over_export(job, options.exported)


def _from_options(options: RunOptions) -> Job:
    if options.exported is not None:
        fix = "name the job file, or read the exported files with `--from`"
        raise ConfigurationError("C0325", "`--exported` is for a job file that reads topics", fix, "--exported")
    if not options.targets:
        fix = "name a folder or file of rules, or a job file, as in `cep run rules/ --from events.jsonl`"
        raise ConfigurationError("C0252", "no rules to run", fix)
    if not options.sources:
        fix = "add `--from events.jsonl`, `--from Type=events.jsonl`, or `--from -` for standard input"
        raise ConfigurationError("C0253", "no events to run the rules over", fix)
    sources = tuple(named_source(text, options.type_field or "type") for text in options.sources)
    if len([source for source in sources if source.path is None]) > 1:
        raise ConfigurationError("C0217", "standard input can be read only once", "name `-` in one `--from` only")
    names = Counter(source.name for source in sources)
    if twice := next((name for name, count in names.items() if count > 1), None):
        message = f"two files are called `{twice}`, and the name is part of every alert's id"
        fix = "rename one, or give both sources a name in a job file"
        raise ConfigurationError("C0254", message, fix, "--from")
    return Job("run", options.targets, sources, alerts=FileSink(None))


def _refuse_with_replay(options: RunOptions) -> None:
    """A replay takes everything from the record."""
    given = {
        "--param": options.params,
        "--list": options.lists,
        "--from-start": options.from_start,
        "--allow-reset": options.allow_reset,
        "--watch": options.watch,
        "--record": options.record,
        "--shadow-rules": options.shadow_rules,
        "--workers": options.workers,
    }
    for option in [option for option, value in given.items() if value] if options.replay is not None else ():
        message = f"`{option}` does not go with `--replay`: rules, params and lists are those that were recorded"
        raise ConfigurationError("C0270", message, f"leave `{option}` out", option)


def _to_replay(job: Job, options: RunOptions) -> Job:
    """The job over the same inputs, which writes only where options say. Raises `ConfigurationError`."""
    own = {sink.path.resolve(): kind for kind, sink in outputs_of(job).items() if sink is not None and sink.path}
    for sink in _replaced(options).values():
        if isinstance(sink, FileSink) and sink.path is not None and sink.path.resolve() in own:
            message = f"`{sink.path}` holds what the job's own runs have written"
            raise ConfigurationError("C0272", message, "write the replay to another file", str(sink.path))
    return replace(job, state=None, alerts=FileSink(None), shadow=None, shadow_rules=None, late=None, dead_letters=None)


def _replaced(options: RunOptions) -> dict[str, Any]:
    """The settings of a job that options replace or add to."""
    found: dict[str, Any] = {}
    sinks = {
        "alerts": options.to,
        "shadow": options.shadow,
        "late": options.late,
        "dead_letters": options.dead_letters,
    }
    found |= {name: FileSink(None if to == "-" else Path(to)) for name, to in sinks.items() if to is not None}
    if options.evidence is not None:
        found["evidence"] = options.evidence
    if options.shadow_rules:
        found["shadow_rules"] = ShadowRules(options.shadow_rules)
    return found


def _with_settings(job: Job, options: RunOptions) -> Job:
    """The job with the params, lists and modules that options set beside its own."""
    params = dict(_pairs("--param", options.params, "report_limit=9_000.00"))
    lists = dict(_pairs("--list", options.lists, "trusted_merchants=trusted.txt"))
    return replace(
        job,
        params=job.params | {name: Written(text) for name, text in params.items()},
        lists=job.lists | {name: ListSource(path=Path(text)) for name, text in lists.items()},
        allowed_modules=(*job.allowed_modules, *options.modules),
    )


def _pairs(option: str, texts: Sequence[str], example: str) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        name, sign, value = text.partition("=")
        if not (sign and name.strip()):
            message = f"`{text}` is not of the form name=value"
            raise ConfigurationError("C0255", message, f"write `{option} {example}`", option)
        pairs.append((name.strip(), value.strip()))
    return pairs


def refuse_overwriting(job: Job, rules: Iterable[str], summary: Path | None, record: Path | None = None) -> None:
    """An output must not be a file that is read, nor two kinds of output one file. Raises `ConfigurationError`.

    `rules` are the files that rules were read from, `summary` the file that the summary goes to, `record` that of the
    recorded points.
    """
    sources = [0 if source.path is None else source.path for source in job.sources]
    lists = [values.path for values in job.lists.values() if values.path is not None]
    sinks = {kind.replace("_", " "): sink for kind, sink in outputs_of(job).items()}
    outputs: list[tuple[str, Place]] = [(what, sink.path) for what, sink in sinks.items() if sink and sink.path]
    # several kinds may share standard output
    outputs += [(what, 1) for what, sink in sinks.items() if sink and sink.path is None][:1]
    outputs += [(what, place) for what, place in (("the summary", summary), ("the points", record)) if place]
    if clash := first_clash(outputs, [*sources, *lists, *rules, *job.sources_text]):
        raise ConfigurationError(clash.code, clash.message, clash.fix, clash.place)
