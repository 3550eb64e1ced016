"""Requests as a receiver sees them, and what its answers ask for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cep.connectors.webhook.sending import Delivered, Later, Refused, Sender, outcome
from cep.connectors.webhook.signing import headers, message_id, secret_of


class Hook(BaseHTTPRequestHandler):
    """Takes what comes, and answers what it is told to."""

    seen: list[tuple[dict[str, str], bytes]]
    status: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((dict(self.headers), body))
        self.send_response(self.status)
        self.send_header("Content-Length", "2")
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[tuple[type[Hook], str]]:
    handler = type("Handler", (Hook,), {"seen": [], "status": 200})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}/in"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_request_can_be_checked_by_its_receiver(hook: tuple[type[Hook], str]) -> None:
    handler, url = hook
    sender = Sender(url, b"secret", {"Authorization": "Bearer x"}, timeout=5, connections=2)
    assert sender("abc", b'{"alert_id":"abc"}') == Delivered()
    sender.close()
    ((got, body),) = handler.seen
    assert body == b'{"alert_id":"abc"}'
    assert (got["Idempotency-Key"], got["webhook-id"], got["Authorization"]) == ("abc", "abc", "Bearer x")
    assert abs(int(got["webhook-timestamp"]) - time.time()) < 30
    signed = f"abc.{got['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(b"secret", signed, hashlib.sha256).digest()).decode()
    assert got["webhook-signature"] == f"v1,{wanted}"


def test_the_signature_of_the_standard() -> None:
    # the example in the specification of Standard Webhooks
    secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    told = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', secret, 1614265330)
    assert told["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_redirect_is_not_followed(hook: tuple[type[Hook], str]) -> None:
    handler, url = hook
    handler.status = 302
    found = Sender(url, None, {}, timeout=5, connections=1)("abc", b"{}")
    assert found == Refused("HTTP 302: it redirects to `/elsewhere`, which is not followed")
    assert len(handler.seen) == 1
    assert "webhook-signature" not in handler.seen[0][0]


def test_nobody_there() -> None:
    found = Sender("http://127.0.0.1:1/", None, {}, timeout=1, connections=1)("abc", b"{}")
    assert isinstance(found, Later) and found.reason.startswith("no answer: ")


@pytest.mark.parametrize("url", ["alerts.example.com", "ftp://x/", ""])
def test_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="begins neither"):
        Sender(url, None, {}, timeout=1, connections=1)


@pytest.mark.parametrize(
    ("status", "told", "wanted"),
    [
        (200, {}, Delivered()),
        (204, {}, Delivered()),
        (400, {}, Refused("HTTP 400: no")),
        (404, {}, Refused("HTTP 404: no")),
        (408, {}, Later("HTTP 408: no")),
        (429, {"Retry-After": "7"}, Later("HTTP 429: no", 7.0)),
        (503, {"Retry-After": "86400"}, Later("HTTP 503: no", 300.0)),
        (503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, Later("HTTP 503: no", 0.0)),
        (503, {"Retry-After": "soon"}, Later("HTTP 503: no")),
    ],
)
def test_what_an_answer_asks_for(status: int, told: dict[str, str], wanted: object) -> None:
    assert outcome(status, told, b"no") == wanted


def test_a_later_revision_is_another_message() -> None:
    assert [message_id("abc", revision) for revision in (1, 2)] == ["abc", "abc.2"]


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!"])
def test_no_secret(text: str) -> None:
    with pytest.raises(ValueError):
        secret_of(text)
