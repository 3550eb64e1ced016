"""The HTTP server beside a run: three paths, a thread of its own, no authentication."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from cep.connectors.errors import ConfigurationError
from cep.connectors.metrics.exposition import Exposition
from cep.runtime.metrics import catalog
from cep.runtime.metrics.health import Health
from cep.runtime.metrics.meter import Meter
from cep.runtime.metrics.reading import Reading

PATIENCE = 1.0
"""Seconds that an answer waits for the loop; then it holds the numbers that were asked for last."""
SLOW_CLIENT = 10.0
"""Seconds after which a client that says nothing is let go."""

_PLAIN = "text/plain; charset=utf-8"


class MetricsServer:
    """Answers `/metrics`, `/healthz` and `/readyz`, from `start` to `close`.

    Raises `ConfigurationError` for an address that cannot be had. Port 0: one that is free (`address`).
    """

    def __init__(self, host: str, port: int, meter: Meter, health: Health) -> None:
        self.meter = meter
        self.health = health
        self.exposition = Exposition(self._read)
        try:
            self._server = _Server((host, port), self)
        except OSError as error:
            place = f"{host}:{port}"
            message = f"metrics cannot be served at `{place}`: {error.strerror or error}"
            fix = "choose another `port` in `metrics`, or stop what listens there"
            raise ConfigurationError("C0276", message, fix, place) from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="cep-metrics", daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host, port = self._server.server_address[:2]
        name = host.decode() if isinstance(host, bytes | bytearray) else host
        return f"http://{f'[{name}]' if ':' in name else name}:{port}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def answer(self, path: str, accept: str) -> tuple[int, str, bytes]:
        """Status, content type and text for a path."""
        if path == "/metrics":
            text, content_type = self.exposition.text(accept)
            return 200, content_type, text
        if path == "/healthz":
            ails = self.health.ails()
            return (200, _PLAIN, b"alive\n") if ails is None else (503, _PLAIN, f"{ails}\n".encode())
        if path == "/readyz":
            lacks = self.health.lacks()
            return (503, _PLAIN, "".join(f"{why}\n" for why in lacks).encode()) if lacks else (200, _PLAIN, b"ready\n")
        return 404, _PLAIN, b"there are /metrics, /healthz and /readyz\n"

    def _read(self) -> Reading:
        """The loop's numbers, and those that must be right although the loop stands still."""
        reading = self.meter.reading(PATIENCE).copy()
        reading.put(catalog.READY, 0 if self.health.lacks() else 1)
        reading.put(catalog.ROUND, self.meter.last / 1_000_000)
        return reading


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], of: MetricsServer) -> None:
        self.of = of
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """As any server, but without asking the name service what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is no matter of the run's."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = SLOW_CLIENT
    server_version = "cep"
    sys_version = ""

    def do_GET(self) -> None:  # the library's name
        """Answer."""
        self._answer(with_text=True)

    def do_HEAD(self) -> None:
        """Answer without the text."""
        self._answer(with_text=False)

    def _answer(self, *, with_text: bool) -> None:
        try:
            found = self.server.of.answer(self.path.partition("?")[0], self.headers.get("Accept", ""))
        except Exception as defect:
            found = 500, _PLAIN, f"{defect}\n".encode()
        status, content_type, text = found
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if with_text:
            self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Each look at a run is not worth a line in its log."""
