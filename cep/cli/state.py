"""`cep state`: what a job has kept, whether it is whole, and one step back."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

state = typer.Typer(
    help="Look at the state of a job, check it, go back.", no_args_is_help=True, rich_markup_mode=None,
    add_completion=False,
)  # fmt: skip


class Form(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


Job = Annotated[Path, typer.Argument(help="The job file.", metavar="JOB.yaml")]
Output = Annotated[Form, typer.Option(help="How the answer is written.")]


@state.command("ls")
def ls(job: Job, output: Output = Form.TEXT) -> None:
    """List the snapshots, newest first: when each was written and how far the inputs were read."""
    from cep.cli.state_verbs import listed

    _leave(listed(job, as_json=output is Form.JSON))


@state.command("show")
def show(
    key: Annotated[str, typer.Argument(help="A key, its parts with commas between.", metavar="KEY")],
    job: Job,
    output: Output = Form.TEXT,
) -> None:
    """Show what is open under KEY in the newest whole snapshot. Exit code 1: nothing is."""
    from cep.cli.state_verbs import shown

    _leave(shown(key, job, as_json=output is Form.JSON))


@state.command("verify")
def verify(job: Job, output: Output = Form.TEXT) -> None:
    """Read every snapshot, and take it over as a run would. Exit code 1: that cannot be done with one of them."""
    from cep.cli.state_verbs import verified

    _leave(verified(job, as_json=output is Form.JSON))


@state.command("export")
def export(
    job: Job, out: Annotated[Path | None, typer.Option(help="Write it to this file.", metavar="FILE")] = None
) -> None:
    """Write everything open in the newest whole snapshot as JSON lines, one for each rule and key."""
    from cep.cli.state_verbs import exported

    _leave(exported(job, out))


@state.command("rewind")
def rewind(
    job: Job,
    to: Annotated[int | None, typer.Option(help="The snapshot to go back to. [default: the one before the newest]",
                                           show_default=False)] = None,
) -> None:  # fmt: skip
    """Take away the newest snapshots, so that the next run goes on from an older one."""
    from cep.cli.state_verbs import rewound

    _leave(rewound(job, to))


def _leave(code: int) -> None:
    raise typer.Exit(code)
