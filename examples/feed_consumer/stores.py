"""Where alerts are kept: SQLite, PostgreSQL, Elasticsearch or OpenSearch. Each keeps the latest revision of each alert.

An alert may come again: after a crash of the job (`at_least_once`), and after one of this consumer. Its id is the same
then, and so is its revision. A rule that `report updates` tells further revisions under the same id; the last one is
`closed`. So there is one rule for all of it: a row is replaced by a later revision, and by nothing else.
"""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

TABLE = """\
CREATE TABLE IF NOT EXISTS alerts (
  alert_id  TEXT PRIMARY KEY,
  rule      TEXT NOT NULL,
  kind      TEXT NOT NULL,
  revision  INTEGER NOT NULL,
  closed    BOOLEAN NOT NULL,
  severity  TEXT,
  key       {json} NOT NULL,
  started   {time} NOT NULL,
  ended     {time} NOT NULL,
  fields    {json} NOT NULL,
  alert     {json} NOT NULL
)"""
UPSERT = """\
INSERT INTO alerts (alert_id, rule, kind, revision, closed, severity, key, started, ended, fields, alert)
VALUES (:alert_id, :rule, :kind, :revision, :closed, :severity, :key, :started, :ended, :fields, :alert)
ON CONFLICT (alert_id) DO UPDATE SET
  revision = excluded.revision, closed = excluded.closed, ended = excluded.ended, fields = excluded.fields,
  alert = excluded.alert
WHERE excluded.revision > alerts.revision"""


class Store(Protocol):
    """Keeps alerts."""

    def upsert(self, alerts: Sequence[bytes]) -> None:
        """Return once all of them are safe. Doing it again changes nothing."""

    def close(self) -> None:
        """Let go of it."""


def is_alert(raw: bytes | None) -> bool:
    """Whether a record is an alert: whoever may write to the topic may write something else, and must not stop us."""
    try:
        return raw is not None and bool(row(raw))
    except (ValueError, KeyError, TypeError):
        return False


def row(alert: bytes) -> dict[str, Any]:
    """The columns of an alert. `alert` is kept as it came: amounts of money with all their digits."""
    found = json.loads(alert, parse_float=Decimal)
    return {
        "alert_id": found["alert_id"],
        "rule": found["rule"],
        "kind": found["kind"],
        "revision": found["revision"],
        "closed": found["closed"],
        "severity": found["severity"],
        "key": _json(found["key"]),
        "started": found["start"],
        "ended": found["end"],
        "fields": _json(found["fields"]),
        "alert": alert.decode(),
    }


def _json(value: object) -> str:
    """JSON in which decimals are text, since a float would lose digits; the whole alert has them as numbers."""
    return json.dumps(value, default=str)


class SqliteStore:
    """A file of SQLite."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute(TABLE.format(json="TEXT", time="TEXT"))

    def upsert(self, alerts: Sequence[bytes]) -> None:
        """One transaction."""
        with self._database:
            self._database.executemany(UPSERT, map(row, alerts))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


POSTGRES_UPSERT = re.sub(r":(\w+)", r"%(\1)s", UPSERT)
"""The same statement with the placeholders of psycopg."""


class PostgresStore:
    """A database of PostgreSQL. Needs `pip install "psycopg[binary]"`."""

    def __init__(self, dsn: str) -> None:
        import psycopg

        self._database = psycopg.connect(dsn)
        with self._database.transaction():
            self._database.execute(TABLE.format(json="JSONB", time="TIMESTAMPTZ"))

    def upsert(self, alerts: Sequence[bytes]) -> None:
        """One transaction."""
        with self._database.transaction(), self._database.cursor() as cursor:
            cursor.executemany(POSTGRES_UPSERT, list(map(row, alerts)))

    def close(self) -> None:
        """Close the connection."""
        self._database.close()


INDEX: dict[str, Any] = {
    "mappings": {
        "dynamic": False,
        "properties": {
            "alert_id": {"type": "keyword"},
            "rule": {"type": "keyword"},
            "kind": {"type": "keyword"},
            "severity": {"type": "keyword"},
            "tags": {"type": "keyword"},
            "revision": {"type": "integer"},
            "closed": {"type": "boolean"},
            "start": {"type": "date"},
            "end": {"type": "date"},
            "due": {"type": "date"},
            "key": {"type": "flattened"},
            "fields": {"type": "flattened"},
        },
    }
}
"""Each rule emits fields of its own: `flattened` (in OpenSearch `flat_object`) takes them without a mapping of each, in
which two rules might clash. `dynamic` false: events stay in the document, and are not indexed."""


def bulk(index: str, alerts: Iterable[bytes]) -> bytes:
    """The body of a `_bulk` request: each alert as it came, under its id, with its revision as the document's version.

    `external_gte` has the index refuse what is older than what it holds, and take the same once more."""
    lines = []
    for alert in alerts:
        found = json.loads(alert)
        version = {"version": found["revision"], "version_type": "external_gte"}
        lines += [json.dumps({"index": {"_index": index, "_id": found["alert_id"], **version}}).encode(), alert]
    return b"\n".join(lines) + b"\n"


class NotTaken(Exception):
    """The index has not taken some alerts, and not because it has later revisions."""


def check_bulk(answer: Mapping[str, Any]) -> None:
    """Look through the answer to a `_bulk` request. Raises `NotTaken`; a conflict of versions is no failure."""
    failed = [item["index"] for item in answer["items"] if item["index"]["status"] not in (200, 201, 409)]
    if failed:
        raise NotTaken(f"{len(failed)} alerts, first: {json.dumps(failed[0])}")


class ElasticStore:
    """An index of Elasticsearch or OpenSearch. `url`: of the server; `headers`: such as `Authorization`."""

    def __init__(self, url: str, index: str, headers: Mapping[str, str] | None = None) -> None:
        self._url = url.rstrip("/")
        self._index = index
        self._headers = dict(headers or {})

    def upsert(self, alerts: Sequence[bytes]) -> None:
        """One `_bulk` request. Raises `OSError` and `NotTaken`."""
        told = {**self._headers, "Content-Type": "application/x-ndjson"}
        request = urllib.request.Request(f"{self._url}/_bulk", bulk(self._index, alerts), told, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            check_bulk(json.load(answer))

    def close(self) -> None:
        """There is nothing to let go of."""
