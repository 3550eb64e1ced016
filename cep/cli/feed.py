"""`cep feed`: alerts of a topic to those who want them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

feed = typer.Typer(
    help="Hand on the alerts of a topic.", no_args_is_help=True, rich_markup_mode=None, add_completion=False
)


@feed.callback()
def several() -> None:
    """Hand on the alerts of a topic."""


@feed.command("webhook")
def webhook(
    where: Annotated[
        str, typer.Argument(help="A job file: its alerts; with --kafka a topic.", metavar="JOB.yaml|TOPIC")
    ],
    url: Annotated[str, typer.Option("--to", help="The address that alerts are posted to.", metavar="URL")],
    dead_letters: Annotated[
        Path | None, typer.Option(help="The file that alerts go to which the receiver refuses.", metavar="FILE")
    ] = None,
    dead_topic: Annotated[
        str | None, typer.Option(help="Or the topic that they go to.", metavar="TOPIC", show_default=False)
    ] = None,
    kafka: Annotated[
        list[str] | None,
        typer.Option(help="A property of librdkafka, such as bootstrap.servers=HOST:PORT.", metavar="NAME=VALUE"),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(help="The consumer group. [default: TOPIC-webhook]", metavar="NAME", show_default=False),
    ] = None,
    secret_file: Annotated[
        Path | None, typer.Option(help="The file that holds the secret which requests are signed with.", metavar="FILE")
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            help="A header of every request; ${NAME} is filled in from the environment.", metavar="'NAME: VALUE'"
        ),
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, max=256, help="Requests at once.")] = 8,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that an answer may take.")] = 10.0,
    refusals: Annotated[int, typer.Option(min=1, help="End with exit code 3 after so many refusals in a row.")] = 20,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what is wrong.")] = False,
) -> None:
    """Post the alerts of a topic to a web address, each at least once and those of a key in order, until SIGTERM.

    What is not answered, or with 5xx, 408, 425 or 429, is posted again, for as long as it takes. What is answered
    otherwise goes to the dead letters. Offsets are committed behind what is done. Exit code 2: something is wrong with
    an option, 3: it failed on the way, 130: Ctrl-C.
    """
    from cep.cli.feed_session import WebhookOptions, fed
    from cep.cli.interruption import Interrupted, Interruption

    options = WebhookOptions(
        where, url, dead_letters, dead_topic, tuple(kafka or ()), group, secret_file, tuple(header or ()), parallel,
        timeout, refusals, quiet,
    )  # fmt: skip
    try:
        with Interruption() as interruption:
            code = fed(options, interruption)
    except Interrupted as interrupted:
        code = interrupted.exit_code
    raise typer.Exit(code)
