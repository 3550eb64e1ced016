"""A schema registry on loopback, as far as serializers and readers ask: a double of the protocol, not of a product.

It keeps schemas in memory, and never judges whether one may follow another. Protobuf schemas are kept as the serializer
sends them, which is the form that `format=serialized` asks for.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

NOT_FOUND = 40403


@dataclass
class LoopbackRegistry:
    """What it holds, how it behaves, and what it was asked."""

    schemas: list[dict[str, Any]] = field(default_factory=list)
    subjects: dict[str, list[int]] = field(default_factory=dict)
    is_away: bool = False
    user: str | None = None
    """`NAME:PASSWORD` that requests have to bear."""
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def register(self, subject: str, schema: dict[str, Any]) -> int:
        """The number of a schema, which is the same wherever it is registered."""
        kept = {"schemaType": "AVRO", "references": [], **schema}
        kept = {key: kept[key] for key in ("schema", "schemaType", "references") if kept[key] is not None}
        if kept not in self.schemas:
            self.schemas.append(kept)
        number = self.schemas.index(kept) + 1
        versions = self.subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return number

    def answer(self, method: str, path: list[str], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer."""
        match method, path:
            case "GET", ["schemas", "ids", number] if 0 < int(number) <= len(self.schemas):
                return 200, self.schemas[int(number) - 1]
            case "POST", ["subjects", subject, "versions"]:
                number = self.register(subject, body)
                return 200, {"id": number, **self.schemas[number - 1]}
            case "POST", ["subjects", subject] if subject in self.subjects:
                number = self.register(subject, body)
                return 200, self._version(subject, self.subjects[subject].index(number) + 1)
            case "GET", ["subjects", subject, "versions", version] if subject in self.subjects:
                return 200, self._version(subject, int(version))
        return 404, {"error_code": NOT_FOUND, "message": "Schema not found"}

    def _version(self, subject: str, version: int) -> dict[str, Any]:
        number = self.subjects[subject][version - 1]
        return {"subject": subject, "version": version, "id": number, **self.schemas[number - 1]}


def _handler(registry: LoopbackRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer("GET", {})

        def do_POST(self) -> None:
            self._answer("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, method: str, body: dict[str, Any]) -> None:
            split = urlsplit(self.path)
            path = [unquote(part) for part in split.path.strip("/").split("/")]
            registry.asked.append(f"{method} {'/'.join(path)} {parse_qs(split.query)}")
            expected = registry.user and "Basic " + base64.b64encode(registry.user.encode()).decode()
            if registry.is_away:
                status, found = 503, {"error_code": 50302, "message": "leader not known"}
            elif expected is not None and self.headers.get("Authorization") != expected:
                status, found = 401, {"error_code": 401, "message": "Unauthorized"}
            else:
                status, found = registry.answer(method, path, body)
            raw = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    return Handler


@contextmanager
def loopback_registry() -> Iterator[LoopbackRegistry]:
    """A registry that answers while the block lasts."""
    registry = LoopbackRegistry()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(registry)) as server:
        server.daemon_threads = True
        registry.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()
