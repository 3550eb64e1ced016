"""`cep dlq`: what became no event, and back into its topic with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

dlq = typer.Typer(
    help="Look at dead letters, and write their records back into the topics they came from.", no_args_is_help=True,
    rich_markup_mode=None, add_completion=False,
)  # fmt: skip


class Form(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


Where = Annotated[
    str,
    typer.Argument(
        help="A job file: its dead letters; a file of dead letters; with --kafka a topic, if there is no such file.",
        metavar="JOB.yaml|FILE|TOPIC",
    ),
]
Kafka = Annotated[
    list[str] | None,
    typer.Option(
        "--kafka", help="A property of librdkafka, such as bootstrap.servers=HOST:PORT.", metavar="NAME=VALUE"
    ),
]
Output = Annotated[Form, typer.Option(help="How the answer is written.")]
Reason = Annotated[str | None, typer.Option(help="Only those whose reason holds this text.", metavar="TEXT")]
Source = Annotated[str | None, typer.Option(help="Only those of this source.", metavar="NAME")]
Places = Annotated[
    list[str] | None,
    typer.Argument(help="Places of records: topic/partition/offset.", metavar="[PLACE]…", show_default=False),
]


@dlq.command("ls")
def ls(
    where: Where, kafka: Kafka = None, reason: Reason = None, source: Source = None, output: Output = Form.TEXT
) -> None:
    """List dead letters by source and reason: how many, the first and the last, the rules that read the source."""
    from cep.cli.dlq_session import Chosen, listed

    _leave(listed(where, tuple(kafka or ()), Chosen(reason, source), as_json=output is Form.JSON))


@dlq.command("show")
def show(
    where: Where,
    places: Places = None,
    kafka: Kafka = None,
    reason: Reason = None,
    source: Source = None,
    limit: Annotated[int, typer.Option(min=1, help="How many are shown at most.")] = 10,
    output: Output = Form.TEXT,
) -> None:
    """Show single dead letters: the place of the record, the reason, what it holds. Exit code 1: there is none."""
    from cep.cli.dlq_session import Chosen, shown

    chosen = Chosen(reason, source, frozenset(places or ()))
    _leave(shown(where, tuple(kafka or ()), chosen, limit, as_json=output is Form.JSON))


@dlq.command("replay")
def replay(
    where: Where,
    places: Places = None,
    kafka: Kafka = None,
    reason: Reason = None,
    source: Source = None,
    to: Annotated[
        str | None, typer.Option(help="The topic they go to. [default: their own]", metavar="TOPIC", show_default=False)
    ] = None,
    attempts: Annotated[int, typer.Option(min=1, help="How often one record may be replayed in all.")] = 1,
    limit: Annotated[int, typer.Option(min=1, help="How many are replayed at most.")] = 10_000,
    again: Annotated[bool, typer.Option("--again", help="Also those that were replayed before.")] = False,
    bare: Annotated[
        bool,
        typer.Option(
            "--bare",
            help="Where the record is gone from its topic, take what the letter holds, without key and headers.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    output: Output = Form.TEXT,
) -> None:
    """Write the records of dead letters back into their topics, each with a header that says which attempt it is.

    Says first how many may go, and why others may not. What was replayed is not replayed again, and what comes back
    from it neither, unless --attempts allows it. Exit code 1: none may go.
    """
    from cep.cli.dlq_replay import replayed
    from cep.cli.dlq_session import Chosen
    from cep.cli.interruption import Interrupted, Interruption
    from cep.connectors.dlq.replay import Terms

    chosen = Chosen(reason, source, frozenset(places or ()))
    terms = Terms(to, attempts, again, bare)
    try:
        with Interruption() as interruption:
            code = replayed(
                where, tuple(kafka or ()), chosen, terms, limit, interruption, yes=yes, as_json=output is Form.JSON
            )
    except Interrupted as interrupted:
        code = interrupted.exit_code
    _leave(code)


def _leave(code: int) -> None:
    raise typer.Exit(code)
