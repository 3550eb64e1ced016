"""`cep run` in this process, with something done to its files while it is under way."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from cep.cli.main import application
from cep.connectors.outputs import JobOutputs
from cep.runtime.output import Output

Edit = Callable[[], None]


class Death(BaseException):
    """The process is gone."""


def cep(*arguments: str, at: dict[int, Edit], hang_up: bool = True) -> tuple[int, str]:
    """`cep run`, with something done behind some calls of the outputs, and SIGHUP sent after it."""
    take, calls = JobOutputs.take, 0

    def watched(outputs: JobOutputs, output: Output) -> None:
        nonlocal calls
        calls += 1
        take(outputs, output)
        if calls in at:
            at[calls]()
            if hang_up:
                signal.raise_signal(signal.SIGHUP)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JobOutputs, "take", watched)
        try:
            result = CliRunner().invoke(application(("run",)), ["run", *arguments])
        except Death:
            return -9, ""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def die() -> None:
    raise Death


def nothing() -> None:
    """No edit: only the signal."""
