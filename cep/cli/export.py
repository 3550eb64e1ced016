"""`cep export`: records of topics to files that `cep run` reads."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """How the summary is written."""

    TEXT = "text"
    JSON = "json"


def export(
    targets: Annotated[
        list[str],
        typer.Argument(help="Topics, or a job file: the topics that it reads.", metavar="TOPIC…|JOB.yaml"),
    ],
    kafka: Annotated[
        list[str] | None,
        typer.Option(help="A property of librdkafka, such as bootstrap.servers=HOST:PORT.", metavar="NAME=VALUE"),
    ] = None,
    since: Annotated[
        str, typer.Option("--from", help="Where it begins: earliest, latest, an offset, or a time.", metavar="PLACE")
    ] = "earliest",
    until: Annotated[
        str,
        typer.Option("--to", help="Where it ends, without what stands there: as --from.", metavar="PLACE"),
    ] = "latest",
    partition: Annotated[
        list[int] | None, typer.Option(help="Only this partition; may be given several times.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file, or with several topics the folder of files. [default: standard output for one topic]",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Form, typer.Option(help="How the summary is written.")] = Form.TEXT,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
) -> None:
    """Copy committed records of topics, with their coordinates, to JSON lines that `cep run` reads as a source.

    Ends at what there is when it starts. Times are the broker's timestamps. Records are written as they are, with all
    that is in them. Exit code 0: all are written; 2: something is wrong with an option or the cluster; 3: it failed on
    the way, or was stopped by SIGTERM, and no file was left; 130: Ctrl-C.
    """
    from cep.cli.export_session import ExportOptions, ExportSession
    from cep.cli.interruption import Interrupted, Interruption

    options = ExportOptions(
        tuple(targets), tuple(kafka or ()), since, until, tuple(partition or ()), out, output is Form.JSON, quiet
    )
    try:
        with Interruption() as interruption:
            code = ExportSession(options, interruption).run()
    except Interrupted as interrupted:
        code = interrupted.exit_code
    raise typer.Exit(code)
