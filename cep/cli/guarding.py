"""What a verb that does one thing ends with: its exit code, or what is wrong, told, and the code for that."""

from __future__ import annotations

from collections.abc import Callable

from cep.cli.client_log import client_heard
from cep.cli.telling import tell_error, tell_findings
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.language.diagnostics import CheckFailed

USAGE, FAILED = 2, 3


def guarded(work: Callable[[], int], *, as_json: bool) -> int:
    """Do something, and say what is wrong, also what Kafka's client has to say meanwhile; the exit code."""
    try:
        with client_heard():
            return work()
    except CheckFailed as failed:
        tell_findings(failed, as_json=as_json)
    except ConfigurationError as error:
        tell_error(error, as_json=as_json)
    except ConnectorFailure as error:
        tell_error(error, as_json=as_json)
        return FAILED
    return USAGE
