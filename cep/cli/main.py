"""The command `cep`: finds the verb and imports its module alone, since start-up time counts.

Each verb is a function of its own name in `cep.cli.VERB`, with Typer's annotations, or an application of
such functions.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from typing import NoReturn

import typer

from cep.cli.standard_streams import StreamFailed, guard_streams, silence

VERBS = ("check", "fmt", "test", "run", "state", "diff", "explain", "graph", "export", "dlq", "feed")
"""The verbs in the order in which `cep --help` lists them."""

READER_GONE, RUNTIME_FAILURE, INTERRUPTED = 1, 3, 130


def application(verbs: tuple[str, ...] = VERBS) -> typer.Typer:
    """The Typer application with some of the verbs."""
    # no rich: its import alone would take a third of the time that `cep check` may take
    app = typer.Typer(
        help="Complex event processing: rules in .pattern files, run over streams of events.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_version_option)
    for verb in verbs:
        found = getattr(import_module(f"cep.cli.{verb}"), verb)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=verb)
        else:
            app.command(verb)(found)
    return app


def entry() -> None:
    """Run the command line; the console script.

    Exit code 3 where standard output or error cannot be written, and, with its traceback, for what was not foreseen.
    """
    guard_streams()
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    app = application((wanted,) if wanted in VERBS else VERBS)
    try:
        try:
            app()
        finally:
            # here and not at the end of the process, where a failure could no longer be told
            sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        silence(1)
        sys.exit(READER_GONE)
    except StreamFailed as failed:
        _leave(failed)
    except Exception:
        # only a defect of ours gets here: verbs turn the user's mistakes into findings and messages
        traceback.print_exc()
        sys.exit(RUNTIME_FAILURE)


def _leave(failed: StreamFailed) -> NoReturn:
    """End with the reason, if there is somewhere left to say it."""
    silence(1)
    try:
        print(f"cep: {failed}", file=sys.stderr, flush=True)
    except StreamFailed:
        silence(2)
    sys.exit(RUNTIME_FAILURE)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"cep {version('cep-engine')}")
        raise typer.Exit


def _version_option(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Complex event processing: rules in .pattern files, run over streams of events."""


if __name__ == "__main__":
    entry()
