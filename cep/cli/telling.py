"""What a command says on standard error: messages, findings with their lines, errors; as text, or as a log for
machines.

Standard error is one for the whole process, and so is the voice that speaks on it (`speaking`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal as OneOf

from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.language.diagnostics import CheckFailed
from cep.language.render import Form, render
from cep.runtime.host_clock import SYSTEM_CLOCK
from cep.runtime.notice import Notice
from cep.runtime.timestamps import format_timestamp

LogForm = OneOf["text", "json"]


class Voice:
    """How messages are written. `worker`: the number of the worker that speaks, where several speak at once; `job`: the
    job's name, once it is known."""

    def __init__(self, form: LogForm = "text", worker: int | None = None) -> None:
        self.form = form
        self.worker = worker
        self.job: str | None = None

    def say(self, notice: Notice, **more: object) -> None:
        """Say one thing, in one piece; `more`: fields for machines alone."""
        if self.form == "text":
            who = "cep" if self.worker is None else f"cep[{self.worker}]"
            text = f"{who}: {'warning: ' if notice.level == 'warning' else ''}{notice}"
        else:
            text = json.dumps(self._entry(notice, more), default=str)
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def _entry(self, notice: Notice, more: Mapping[str, object]) -> dict[str, object]:
        return {
            "time": format_timestamp(SYSTEM_CLOCK.wall() // 1000 * 1000),
            "level": notice.level,
            "code": notice.code,
            "job": self.job,
            "worker": self.worker,
            "shard": notice.shard,
            "message": str(notice),
            **more,
        }


_voice = Voice()


@contextmanager
def speaking(form: LogForm, worker: int | None = None) -> Iterator[Voice]:
    """Have all that is said while the block lasts said so."""
    global _voice
    before, _voice = _voice, Voice(form, worker)
    try:
        yield _voice
    finally:
        _voice = before


def speak_of(job: str) -> None:
    """From now on what is said is about a job."""
    _voice.job = job


def is_log() -> bool:
    """Whether a log for machines is written, in which nothing else may stand."""
    return _voice.form == "json"


def tell(message: str) -> None:
    """Say something that a person, or who watches over the run, should know; see `Notice` for what it may bear."""
    _voice.say(message if isinstance(message, Notice) else Notice(message))


def warn(message: str) -> None:
    """The same, of something that is not as it should be."""
    tell(message if isinstance(message, Notice) else Notice(message, "warning"))


def tell_text(text: str, **more: object) -> None:
    """Several lines for a person, such as a summary; in a log the first of them, and `more` as its fields."""
    if _voice.form == "text":
        who = "" if _voice.worker is None else f"cep[{_voice.worker}]: "
        sys.stderr.write(f"{who}{text}\n")
        sys.stderr.flush()
    else:
        _voice.say(Notice(text.partition("\n")[0]), **more)


def tell_findings(failed: CheckFailed, *, as_json: bool) -> None:
    """Findings in rules or in a job file."""
    if is_log():
        for found in failed.diagnostics:
            _voice.say(Notice(found.message, found.severity.value, found.code), place=str(found.span), fix=found.fix)
        return
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    form: Form = "json" if as_json else "text"
    print(render(failed.diagnostics, failed.sources, form, colour), file=sys.stderr, end="")


def tell_error(error: ConfigurationError | ConnectorFailure, *, as_json: bool) -> None:
    """An error of a job, a source or an output."""
    if is_log():
        _voice.say(Notice(error.message, "error", error.code), place=error.place, fix=error.fix)
        return
    if as_json:
        entry = {"code": error.code, "severity": "error", "message": error.message, "file": error.place}
        print(json.dumps({"version": 1, "errors": 1, "findings": [entry | {"fix": error.fix}]}), file=sys.stderr)
        return
    place = f"{error.place}: " if error.place and error.place not in error.message else ""
    tell(f"{place}error[{error.code}]: {error.message}\n   = help: {error.fix}")
