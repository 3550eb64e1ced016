"""`cep run`: rules over events from files or standard input."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cep.cli.job_file import NUMBER


class Form(StrEnum):
    """How the summary and errors are written."""

    TEXT = "text"
    JSON = "json"


class LogForm(StrEnum):
    """How what is said on the way is written."""

    TEXT = "text"
    JSON = "json"


class EvidenceForm(StrEnum):
    """How much of its events an alert shows."""

    FULL = "full"
    FIELDS = "fields"
    IDS = "ids"


def run(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="Folders, files or FILE::RULE; or one job file.", metavar="RULES|JOB.yaml"),
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option("--from", help="Events: FILE, Type=FILE, or - for standard input.")
    ] = None,
    to: Annotated[str | None, typer.Option(help="Where alerts go: a file, or - for standard output.")] = None,
    type_field: Annotated[
        str | None, typer.Option(help="The field that names an event's type. [default: type]", show_default=False)
    ] = None,
    param: Annotated[list[str] | None, typer.Option(help="Set a param: name=value.")] = None,
    values: Annotated[list[str] | None, typer.Option("--list", help="Set a list: name=FILE, a value a line.")] = None,
    allow: Annotated[list[str] | None, typer.Option(help="A module that Python functions may come from.")] = None,
    shadow: Annotated[str | None, typer.Option(help="Where the alerts of shadow rules go.")] = None,
    shadow_rules: Annotated[
        list[str] | None,
        typer.Option(
            help="Another version of the rules to run beside them, and to compare alerts with.", metavar="RULES"
        ),
    ] = None,
    late: Annotated[str | None, typer.Option(help="Where late events go.")] = None,
    dead_letters: Annotated[str | None, typer.Option(help="Where records that are no events go.")] = None,
    evidence: Annotated[EvidenceForm | None, typer.Option(help="What alerts show of their events.")] = None,
    open_end: Annotated[
        bool, typer.Option("--open-end", help="Leave deadlines after the last event open: more will follow.")
    ] = False,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Do not go on from the state of an earlier run: make everything anew.")
    ] = False,
    allow_reset: Annotated[
        bool,
        typer.Option("--allow-reset", help="Drop state that changed rules can neither go on with nor finish."),
    ] = False,
    allow_loss: Annotated[
        bool,
        typer.Option("--allow-loss", help="Go on where a topic's records were deleted before they were read."),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Take edited rules, params and lists when their files change; SIGHUP does always."
        ),
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option(help="Record where rules were taken and how the clock was followed, for --replay."),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(
            help="Run the inputs again from their beginning, with the rules and the clock recorded in this file, or in "
            "this folder of state; only --to, --shadow, --late and --dead-letters are written."
        ),
    ] = None,
    exported: Annotated[
        Path | None,
        typer.Option(
            help="Run a job over topics over what `cep export` has copied of them; alerts go to standard output.",
            metavar="FOLDER",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Share a job over topics among this many processes.", metavar="N"),
    ] = None,
    worker: Annotated[int | None, typer.Option(hidden=True, min=0)] = None,
    log: Annotated[
        LogForm,
        typer.Option(help="How standard error is written; json: an object a line.", envvar="CEP_LOG"),
    ] = LogForm.TEXT,
    output: Annotated[Form, typer.Option(help="How the summary is written.")] = Form.TEXT,
    out: Annotated[Path | None, typer.Option(help="Write the summary to this file.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
) -> None:
    """Run rules over events from files or standard input, and write the alerts.

    Alerts go to standard output unless --to says otherwise, progress and the summary to standard error. SIGHUP has a
    run take edited rules, params and lists; those that do not check leave it as it is. Exit code 0:
    done (also after SIGTERM), 2: something is wrong with the rules, the job or an option, 3: an input or output
    failed on the way, 130: Ctrl-C.
    """
    from cep.cli.interruption import Interrupted, Interruption
    from cep.cli.run_options import RunOptions
    from cep.cli.run_session import RunSession
    from cep.cli.telling import speaking

    options = RunOptions(
        tuple(targets or ()),
        tuple(source or ()),
        to,
        type_field,
        tuple(param or ()),
        tuple(values or ()),
        tuple(allow or ()),
        shadow,
        late,
        dead_letters,
        evidence.value if evidence else None,
        open_end,
        quiet,
        from_start,
        allow_reset,
        allow_loss,
        watch,
        record,
        replay,
        tuple(shadow_rules or ()),
        exported,
        workers,
        worker,
    )
    if workers is not None or exported is not None:
        # each worker has its own; the first is as good as any for a look at the job, or one pass over it
        os.environ.setdefault(NUMBER, "0")
    try:
        with speaking(log.value, worker), Interruption() as interruption:
            code = RunSession(options, interruption, as_json=output is Form.JSON, out=out).run()
    except Interrupted as interrupted:
        code = interrupted.exit_code
    raise typer.Exit(code)
