"""`cep state`: listing, showing, checking, exporting and going back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cep.cli.main import application
from cep.runtime.snapshot_store import SnapshotStore

RULES = """\
event Pay { id: string  shop: string  amount: decimal  ts: timestamp("s") } time ts
rule pairs { match by id, shop within 1h  a: Pay  then b: Pay where amount > a.amount  then c: Pay where amount < 0 }
rule burst { match by id  many: Pay having count() > 3 within 10m }
rule any { match by id within 1h  a: Pay where amount > 5  then any b: Pay where amount > 8  after match skip nothing }
rule new { match by id  without Pay where amount > 7 within 1h  then p: Pay where amount > 900 }
"""
JOB = "job: j\nrules: [r.pattern]\nsources: {Pay: {file: pay.jsonl}}\nstate: {dir: state, every: 0s}\n"
PAYS = [("a", "x", "1.50", 0), ("a", "x", "2.50", 60), ("b", "y", "9.00", 120), ("a", "y", "9.25", 180)]


def cep(*arguments: str) -> tuple[int, str]:
    """A command in this process: exit code, and everything it said."""
    result = CliRunner().invoke(application(("run", "state")), arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a job that was run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.pattern").write_text(RULES)
    (tmp_path / "job.yaml").write_text(JOB)
    lines = (f'{{"id":"{i}","shop":"{s}","amount":{a},"ts":{t}}}\n' for i, s, a, t in PAYS)
    (tmp_path / "pay.jsonl").write_text("".join(lines))
    assert cep("run", "job.yaml", "--quiet")[0] == 0
    return tmp_path


def test_what_is_open_under_a_key(folder: Path) -> None:
    code, said = cep("state", "show", "a", "job.yaml", "--output", "json")
    found = {of["rule"]: of for of in map(json.loads, said.splitlines())}
    assert (code, sorted(found)) == (0, ["any", "burst", "new"])
    assert found["any"]["open"] == 1
    assert [event["data"]["amount"] for event in found["burst"]["held"]] == [1.5, 2.5, 9.25]
    assert [event["source"] for event in found["new"]["held"]] == ["Pay/0/4"]
    code, said = cep("state", "show", "a,x", "job.yaml")
    assert code == 0
    assert said == (
        "pairs, id a, shop x: 2 partial matches open\n"
        "  waits for c, ends 1970-01-01T01:00:00.000Z\n"
        "    a            Pay Pay/0/1 of 1970-01-01T00:00:00.000Z\n"
        "    b            Pay Pay/0/2 of 1970-01-01T00:01:00.000Z\n"
        "  waits for b, ends 1970-01-01T01:01:00.000Z\n"
        "    a            Pay Pay/0/2 of 1970-01-01T00:01:00.000Z\n"
    )


def test_what_rules_of_today_would_drop_is_not_shown_but_said(folder: Path) -> None:
    (folder / "r.pattern").write_text(RULES.replace("rule pairs {", "rule pairs { mode off"))
    code, said = cep("state", "show", "a,x", "job.yaml")
    assert code == 1
    assert said.startswith(
        "cep: warning: rule `pairs`: reset, 4 open partial matches: mode off; not shown, since a run of"
    )
    assert cep("state", "verify", "job.yaml")[0] == 1


def test_a_key_that_is_not_there(folder: Path) -> None:
    assert cep("state", "show", "b,y", "job.yaml")[1].startswith("pairs, id b, shop y: 1 partial match open")
    assert cep("state", "show", "nobody", "job.yaml") == (1, "nothing is open under `nobody`\n")


def test_everything_open_as_lines(folder: Path) -> None:
    code, said = cep("state", "export", "job.yaml")
    rows = [json.loads(line) for line in said.splitlines()]
    assert code == 0
    assert {(row["rule"], *row["key"].values()) for row in rows} >= {("pairs", "a", "x"), ("burst", "b"), ("new", "a")}
    assert cep("state", "export", "job.yaml", "--out", "all.jsonl") == (0, "")
    assert (folder / "all.jsonl").read_text() == said
    assert cep("state", "export", "job.yaml", "--out", "no/where.jsonl")[0] == 2


def test_the_list_tells_what_is_damaged(folder: Path) -> None:
    store = SnapshotStore(folder / "state")
    newest = store.sequences()[-1]
    store.path(newest).write_bytes(b"CEPSTATE")
    code, said = cep("state", "ls", "job.yaml")
    assert code == 0
    first, second, *_ = said.splitlines()
    assert "not a whole snapshot file" in first
    assert "run 1  Pay/0 at 5, up to 1970-01-01T00:03:00.000Z" in second
    rows = [json.loads(line) for line in cep("state", "ls", "job.yaml", "--output", "json")[1].splitlines()]
    assert [row["sequence"] for row in rows] == [newest, newest - 1, newest - 2]
    assert rows[0]["trouble"] and rows[1]["trouble"] is None
    assert rows[1]["read"] == [{"source": "Pay", "place": "Pay/0", "next": 5}]


def test_verify(folder: Path) -> None:
    code, said = cep("state", "verify", "job.yaml")
    assert (code, said.count(": whole, ")) == (0, 3)
    store = SnapshotStore(folder / "state")
    store.path(store.sequences()[-1]).write_bytes(b"")
    code, said = cep("state", "verify", "job.yaml", "--output", "json")
    assert (code, [json.loads(line)["trouble"] is None for line in said.splitlines()]) == (1, [False, True, True])
    (folder / "r.pattern").write_text(RULES.replace("1h  a: Pay  then b", "2h  a: Pay  then b"))
    assert cep("state", "verify", "job.yaml", "--output", "json")[1] == said
    (folder / "r.pattern").write_text(RULES.replace("rule pairs {", "rule pairs { mode off "))
    code, said = cep("state", "verify", "job.yaml")
    assert (code, said.count("rule `pairs`: reset")) == (1, 2)


def test_going_back(folder: Path) -> None:
    store = SnapshotStore(folder / "state")
    before = store.sequences()
    assert cep("state", "rewind", "job.yaml") == (0, f"the next run goes on from snapshot {before[-2]}\n")
    assert store.sequences() == before[:-1]
    assert cep("state", "rewind", "job.yaml", "--to", str(before[0]))[0] == 0
    assert store.sequences() == before[:1]
    code, said = cep("state", "rewind", "job.yaml")
    assert (code, "error[C0265]: there is no older whole snapshot" in said) == (2, True)
    assert "error[C0265]: there is no whole snapshot 99" in cep("state", "rewind", "job.yaml", "--to", "99")[1]
    assert store.sequences() == before[:1]
    code, said = cep("run", "job.yaml", "--output", "json")
    assert (code, json.loads(said)["resumed"]) == (0, before[0])


def test_what_cannot_be_looked_at(folder: Path) -> None:
    (folder / "plain.yaml").write_text(JOB.replace("state: {dir: state, every: 0s}\n", ""))
    assert "error[C0266]: the job keeps no state" in cep("state", "ls", "plain.yaml")[1]
    (folder / "fresh.yaml").write_text(JOB.replace("dir: state", "dir: fresh"))
    assert cep("state", "ls", "fresh.yaml") == (0, "no snapshot yet\n")
    assert "error[C0265]: there is no whole snapshot in `fresh`" in cep("state", "export", "fresh.yaml")[1]
    assert cep("state", "ls", "nowhere.yaml")[0] == 2
    (folder / "r.pattern").write_text("rule")
    assert cep("state", "show", "a", "job.yaml")[0] == 2
    lock = SnapshotStore(folder / "state").open()
    assert lock is not None
    assert "error[C0259]" in cep("state", "rewind", "job.yaml")[1]
    lock.close()
