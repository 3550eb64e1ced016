"""What went wrong, said on standard error: findings with their lines, and errors that have no line to show."""

from __future__ import annotations

import json
import os
import sys

from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.language.diagnostics import CheckFailed
from cep.language.render import Form, render


def tell_findings(failed: CheckFailed, *, as_json: bool) -> None:
    """Findings in rules or in a job file."""
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    form: Form = "json" if as_json else "text"
    print(render(failed.diagnostics, failed.sources, form, colour), file=sys.stderr, end="")


def tell_error(error: ConfigurationError | ConnectorFailure, *, as_json: bool) -> None:
    """An error of a job, a source or an output."""
    if as_json:
        entry = {"code": error.code, "severity": "error", "message": error.message, "file": error.place}
        print(json.dumps({"version": 1, "errors": 1, "findings": [entry | {"fix": error.fix}]}), file=sys.stderr)
        return
    place = f"{error.place}: " if error.place and error.place not in error.message else ""
    print(f"cep: {place}error[{error.code}]: {error.message}\n   = help: {error.fix}", file=sys.stderr)
