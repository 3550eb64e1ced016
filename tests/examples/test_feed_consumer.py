"""The example that keeps alerts in a database: the latest revision of each, whatever comes again."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from cep import compile as compile_rules
from examples.feed_consumer.stores import (
    INDEX,
    POSTGRES_UPSERT,
    ElasticStore,
    NotTaken,
    PostgresStore,
    SqliteStore,
    Store,
    bulk,
    check_bulk,
    is_alert,
)

RULES = """\
event Failed { user: string  amount: decimal  at: timestamp } time at
rule many { match by user within 10s  f: Failed{2,}  report updates  emit { n: count(f), total: sum(f.amount) } }
rule one { match by user  f: Failed where amount > 100  emit { amount: f.amount } }
"""


@pytest.fixture(scope="module")
def alerts(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Alerts of real rules, most with several revisions."""
    path = tmp_path_factory.mktemp("rules") / "rules.pattern"
    path.write_text(RULES, encoding="utf-8")
    events = [{"user": f"u{n % 7}", "amount": 100 + n / 10, "at": 1_700_000_000_000 + n * 700} for n in range(120)]
    engine = compile_rules(path).engine(type_field=None)
    return [alert.json() for alert in engine.run(events)]


def latest(alerts: list[bytes]) -> dict[str, tuple[int, bytes]]:
    """The latest revision of each alert."""
    found: dict[str, tuple[int, bytes]] = {}
    for raw in alerts:
        alert = json.loads(raw)
        if alert["revision"] > found.get(alert["alert_id"], (0, b""))[0]:
            found[alert["alert_id"]] = (alert["revision"], raw)
    return found


def disordered(alerts: list[bytes], store: Store) -> None:
    """Everything, with much of it again and again, earlier revisions behind later ones too."""
    chance = random.Random(3)
    store.upsert(alerts)
    for _ in range(5):
        store.upsert(chance.sample(alerts, len(alerts) // 2))


def test_alerts_have_revisions(alerts: list[bytes]) -> None:
    found = latest(alerts)
    assert len(alerts) > len(found) + 50 > 100
    assert any(json.loads(raw)["closed"] and revision > 2 for revision, raw in found.values())


def test_what_is_no_alert_is_known(alerts: list[bytes]) -> None:
    assert all(map(is_alert, alerts))
    assert not any(map(is_alert, (None, b"", b"[]", b"{}", b"\xff", alerts[0][:-1], b'{"alert_id":"a"}')))


def test_sqlite_keeps_the_latest_revision(alerts: list[bytes], tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "alerts.db")
    disordered(alerts, store)
    store.close()
    rows = sqlite3.connect(tmp_path / "alerts.db").execute("SELECT alert_id, revision, alert FROM alerts").fetchall()
    assert {row[0]: (row[1], row[2].encode()) for row in rows} == latest(alerts)


def test_the_statement_for_postgres_names_what_a_row_has(alerts: list[bytes]) -> None:
    from examples.feed_consumer.stores import row

    assert POSTGRES_UPSERT % {name: f"<{name}>" for name in row(alerts[0])} == POSTGRES_UPSERT.replace(
        "%(", "<"
    ).replace(")s", ">")


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    """A server of PostgreSQL, where there is one to be had."""
    pytest.importorskip("psycopg", reason="without psycopg")
    tools = [shutil.which(name) for name in ("initdb", "postgres")]
    tools = [found or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None) for name, found in
             zip(("initdb", "postgres"), tools, strict=True)]  # fmt: skip
    if None in tools:
        pytest.skip("without a PostgreSQL server")
    initdb, server = map(str, tools)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    # the server refuses to run as root
    user: dict[str, Any] = {"user": "postgres"} if os.getuid() == 0 else {}
    # not in the folder of the test: the path of a socket may not be long
    folder = Path(tempfile.mkdtemp(prefix="cep-postgres-"))
    try:
        if user:
            shutil.chown(folder, "postgres")
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **user}
        subprocess.run([initdb, "-D", folder / "data", "-A", "trust", "-U", "cep", "-N"], check=True, **quiet)
        command = [server, "-D", folder / "data", "-p", str(port), "-k", folder, "-h", "127.0.0.1", "-F"]
        running = subprocess.Popen(command, **quiet)
        try:
            yield f"host=127.0.0.1 port={port} user=cep dbname=postgres connect_timeout=20"
        finally:
            running.terminate()
            running.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_postgres_keeps_the_latest_revision(alerts: list[bytes], postgres: str) -> None:
    import time

    import psycopg

    for _ in range(100):
        try:
            store = PostgresStore(postgres)
            break
        except psycopg.OperationalError:
            time.sleep(0.1)
    disordered(alerts, store)
    store.close()
    with psycopg.connect(postgres) as database:
        rows = database.execute("SELECT alert_id, revision, alert, ended FROM alerts").fetchall()
    found = latest(alerts)
    assert {row[0]: row[1] for row in rows} == {alert_id: of[0] for alert_id, of in found.items()}
    assert all(row[2] == json.loads(found[row[0]][1]) for row in rows)


class Index(BaseHTTPRequestHandler):
    """Does with a `_bulk` request what Elasticsearch documents: versions are kept, older ones refused with 409."""

    documents: dict[str, tuple[int, bytes]]

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
        assert self.path == "/_bulk" and self.headers["Content-Type"] == "application/x-ndjson"
        items = []
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            told = json.loads(action)["index"]
            assert told["version_type"] == "external_gte" and told["_index"] == "alerts"
            held = self.documents.get(told["_id"], (0, b""))[0]
            if told["version"] >= held:
                self.documents[told["_id"]] = (told["version"], document)
            items.append({"index": {"_id": told["_id"], "status": 409 if told["version"] < held else 200}})
        body = json.dumps({"items": items}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def test_an_index_keeps_the_latest_revision(alerts: list[bytes]) -> None:
    handler = type("Handler", (Index,), {"documents": {}})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    disordered(alerts, ElasticStore(f"http://127.0.0.1:{server.server_port}/", "alerts"))
    server.shutdown()
    thread.join()
    server.server_close()
    assert handler.documents == latest(alerts)


def test_what_an_index_does_not_take_is_told() -> None:
    check_bulk({"items": [{"index": {"status": 201}}, {"index": {"status": 409}}]})
    with pytest.raises(NotTaken, match=r"1 alerts, first:.*mapper"):
        check_bulk({"items": [{"index": {"status": 200}}, {"index": {"status": 400, "error": "mapper"}}]})


def test_a_bulk_body_is_lines(alerts: list[bytes]) -> None:
    body = bulk("alerts", alerts[:2])
    assert body.endswith(b"}\n") and len(body.splitlines()) == 4
    assert set(INDEX["mappings"]["properties"]) <= set(json.loads(alerts[0])) | {"due"}
