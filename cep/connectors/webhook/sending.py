"""One request, and what its answer asks for."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import urllib3

from cep.connectors.webhook.signing import headers

SHOWN = 500
"""Characters of an answer that are kept."""
LONGEST_WAIT = 300.0
"""Seconds that a receiver may ask to be left alone."""

PASSING = (408, 425, 429)
"""Answers of the 400s that ask to try again."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """It was taken."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken: why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """It may be taken later: why not now, and seconds to wait at least where the receiver has said so."""

    reason: str
    seconds: float | None = None


Outcome = Delivered | Refused | Later


class Send(Protocol):
    """Sends one message."""

    def __call__(self, message: str, body: bytes) -> Outcome:
        """What came of it. Called from several threads at once."""


class Sender:
    """Posts to one address. `extra`: headers of every request."""

    def __init__(
        self, url: str, secret: bytes | None, extra: Mapping[str, str], *, timeout: float, connections: int
    ) -> None:
        """Raises `ValueError` for an address that is none."""
        if urllib3.util.parse_url(url).scheme not in ("http", "https"):
            raise ValueError("it begins neither with https:// nor with http://")
        self._url = url
        self._secret = secret
        self._extra = dict(extra)
        self._pool = urllib3.PoolManager(maxsize=connections, retries=False, timeout=urllib3.Timeout(timeout))

    def __call__(self, message: str, body: bytes) -> Outcome:
        """Post one message."""
        told = {**self._extra, **headers(message, body, self._secret, int(time.time()))}
        try:
            answer = self._pool.request("POST", self._url, body=body, headers=told, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            return Later(f"no answer: {error}"[:SHOWN])
        return outcome(answer.status, answer.headers, answer.data)

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.clear()


def outcome(status: int, told: Mapping[str, str], data: bytes) -> Outcome:
    """What an answer asks for: 2xx is taken; 5xx and some 4xx come again; the rest never will be."""
    if 200 <= status < 300:
        return Delivered()
    reason = f"HTTP {status}: {data.decode('utf-8', 'replace')[:SHOWN]}".rstrip(": ")
    if status >= 500 or status in PASSING:
        return Later(reason, _wait(told.get("Retry-After")))
    if 300 <= status < 400:
        return Refused(f"HTTP {status}: it redirects to `{told.get('Location', '')}`, which is not followed")
    return Refused(reason)


def _wait(text: str | None) -> float | None:
    """`Retry-After`: seconds, or a date."""
    if text is None:
        return None
    if text.strip().isdigit():
        return min(LONGEST_WAIT, float(text))
    try:
        until = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return None
    return min(LONGEST_WAIT, max(0.0, until - time.time()))
