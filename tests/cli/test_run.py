"""`cep run`: rules over files and pipes, bad input beside good, outputs, summary, exit codes."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cep.cli.main import application

RULES = """\
event Pay { id: string  amount: decimal  note: string?  ts: timestamp } time ts lateness 1s
event Ship { id: string  ts: timestamp } time ts
param limit: decimal = 100.00 range 1.00 .. 1_000.00 "what counts as large"
param span: duration = 10m
list ignored: string

rule unshipped {
  severity high
  match by id
    p: Pay where amount > limit and id not in ignored
    without Ship within span
  emit { id, amount: p.amount }
}
rule twice {
  mode shadow
  match by id within 1h
    a: Pay
    then b: Pay where amount == a.amount
  emit { id }
}
"""
MINUTE = 60_000
START = 1_700_000_000_000


def pay(id_: str, amount: str, minute: float) -> str:
    """A payment as a line; the amount is put in as written."""
    return f'{{"type":"Pay","id":"{id_}","amount":{amount},"ts":{START + int(minute * MINUTE)}}}\n'


def ship(id_: str, minute: float) -> str:
    """A shipment as a line."""
    return f'{{"type":"Ship","id":"{id_}","ts":{START + int(minute * MINUTE)}}}\n'


EVENTS = pay("a", "200.00", 0) + pay("b", "300.00", 1) + ship("a", 2) + pay("c", "5.00", 3) + pay("b", "300.00", 4)


@dataclass
class Done:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """The alerts on standard output."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def found(self) -> list[tuple[str, str]]:
        """Rule and key of each alert."""
        return [(alert["rule"], alert["key"]["id"]) for alert in self.alerts]


Cep = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with rules, events and an empty list."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.pattern").write_text(RULES)
    (tmp_path / "events.jsonl").write_text(EVENTS)
    (tmp_path / "ignored.txt").write_text("# nobody\n")
    return tmp_path


@pytest.fixture
def cep(folder: Path, capfd: pytest.CaptureFixture[str]) -> Cep:
    """Runs `cep run` with the rules' list given, in this process."""

    def run(*arguments: str, given: bool = True) -> Done:
        capfd.readouterr()
        more = ["--list", "ignored=ignored.txt"] if given else []
        result = CliRunner().invoke(application(("check", "run")), ["run", *arguments, *more])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        out, err = capfd.readouterr()
        return Done(result.exit_code, out, err + result.output)

    return run


def test_alerts_on_stdout_and_the_summary_on_stderr(cep: Cep) -> None:
    done = cep("rules.pattern", "--from", "events.jsonl")
    assert done.code == 0
    assert done.found == [("unshipped", "b"), ("unshipped", "b")]
    assert done.alerts[0]["fields"] == {"id": "b", "amount": 300.0}
    assert '"amount":300.00' in done.out
    assert done.alerts[0]["events"][0]["source"] == "events.jsonl/0/2"
    assert done.err.startswith("5 events in ")
    assert "alerts                 2   unshipped 2" in done.err
    assert "shadow                 1   twice 1; not written (--shadow FILE keeps them)" in done.err


def test_one_rule_of_a_file(cep: Cep) -> None:
    assert cep("rules.pattern::twice", "--from", "events.jsonl", "--shadow", "-").found == [("twice", "b")]


def test_open_end_leaves_deadlines_open(cep: Cep) -> None:
    done = cep("rules.pattern", "--from", "events.jsonl", "--open-end")
    assert done.found == []
    assert "open runs" in done.err


def test_outputs_in_files(cep: Cep, folder: Path) -> None:
    (folder / "events.jsonl").write_text(EVENTS + pay("z", "1.00", -5) + "nonsense\n" + '{"type":"What"}\n')
    done = cep("rules.pattern", "--from", "events.jsonl", "--to", "out/a.jsonl", "--shadow", "s.jsonl", "--late",
               "l.jsonl", "--dead-letters", "d.jsonl")  # fmt: skip
    assert (done.code, done.out) == (0, "")
    assert [json.loads(line)["rule"] for line in Path("out/a.jsonl").read_text().splitlines()] == ["unshipped"] * 2
    assert json.loads(Path("s.jsonl").read_text())["mode"] == "shadow"
    late = json.loads(Path("l.jsonl").read_text())
    assert (late["late"], late["source"], late["data"]["id"]) == ("Pay", "events.jsonl/0/6", "z")
    assert late["rules"] == ["unshipped", "twice"]
    dead = json.loads(Path("d.jsonl").read_text())
    assert (dead["place"], dead["raw"]) == ("events.jsonl/0/7", "nonsense")
    assert "late                   1   came after the watermark; written to l.jsonl" in done.err
    assert "unrouted               1   of no declared type: What 1" in done.err


def test_late_and_dead_without_a_place_are_counted_and_the_first_shown(cep: Cep, folder: Path) -> None:
    (folder / "events.jsonl").write_text(EVENTS + pay("z", "1.00", -5) + "nonsense\n" * 5)
    done = cep("rules.pattern", "--from", "events.jsonl")
    assert "late                   1   came after the watermark; not written (--late FILE keeps them)" in done.err
    assert "Pay events.jsonl/0/6 of 2023-11-14T22:08:20.000Z, watermark 2023-11-14T22:17:19.000Z" in done.err
    assert "dead letters           5   could not be read; not written (--dead-letters FILE keeps them)" in done.err
    assert done.err.count("events.jsonl/0/") == 4


BAD = {
    "invalid utf-8": (b'{"type":"Pay","id":"\xff","amount":1,"ts":1}', "not valid UTF-8: byte 20 starts no character"),
    "no json": (b"{", "not valid JSON: it ends too early"),
    "not an object": (b"[1]", "expected a JSON object, got a list"),
    "a missing field": (b'{"type":"Pay","id":"x","ts":1}', "required field `amount` is missing"),
    "a null field": (b'{"type":"Pay","id":null,"amount":1,"ts":1}', "field `id`: expected a string, got null"),
    "a wrong type": (b'{"type":"Pay","id":7,"amount":1,"ts":1}', "field `id`: expected a string, got a number"),
    "nan": (b'{"type":"Pay","id":"x","amount":NaN,"ts":1}', "not valid JSON: NaN at byte 32 is no JSON number"),
    "a huge number": (
        b'{"type":"Pay","id":"x","amount":1e9999,"ts":1}',
        "field `amount`: expected a decimal of at most 400 digits before the point, got 1E+9999",
    ),
    "a time beyond the calendar": (
        b'{"type":"Pay","id":"x","amount":1,"ts":99999999999999999}',
        "field `ts`: expected a time in the years 1 to 9999, got a number of milliseconds beyond",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_is_a_dead_letter_and_the_good_ones_count(name: str, cep: Cep, folder: Path) -> None:
    raw, reason = BAD[name]
    lines = EVENTS.encode().splitlines(keepends=True)
    (folder / "events.jsonl").write_bytes(b"".join(lines[:2]) + raw + b"\n" + b"".join(lines[2:]))
    done = cep("rules.pattern", "--from", "events.jsonl", "--dead-letters", "d.jsonl")
    assert done.code == 0
    assert done.found == [("unshipped", "b"), ("unshipped", "b")]
    (dead,) = Path("d.jsonl").read_text().splitlines()
    found = json.loads(dead)
    assert (found["dead_letter"], found["place"]) == (reason, "events.jsonl/0/3")


def test_odd_but_right_records_count(cep: Cep, folder: Path) -> None:
    long = "x" * 10_000_000
    (folder / "events.jsonl").write_text(
        pay("old", "200", -30_000_000)  # 1966
        + f'{{"type":"Pay","id":"long","amount":200,"note":"{long}","ts":{START}}}\n'
        + f'{{"type":"Pay","id":"first","id":"last","amount":200,"ts":{START + 1}}}\n'
        + pay("future", "200", 3_000_000_000)  # the year 7727: dead, lest it make the others late
        + pay("after", "200", 2)
        + '{"type":"Pay","id":"cut","amount":200,"ts":1'
    )
    done = cep("rules.pattern", "--from", "events.jsonl", "--evidence", "ids")
    assert [key for _, key in done.found] == ["old", "long", "last", "after"]
    assert "dead letters           2" in done.err


def test_an_empty_file_is_no_error(cep: Cep, folder: Path) -> None:
    (folder / "events.jsonl").write_text("")
    done = cep("rules.pattern", "--from", "events.jsonl")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("0 events in ")


def test_every_form_of_file_gives_the_same_alerts(cep: Cep, folder: Path) -> None:
    rows = [json.loads(line) for line in EVENTS.splitlines()]
    (folder / "events.jsonl.gz").write_bytes(gzip.compress(EVENTS.encode()))
    with (folder / "events.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["type", "id", "amount", "ts"])
        writer.writeheader()
        writer.writerows(rows)
    pq.write_table(pa.Table.from_pylist(rows), folder / "events.parquet")
    expected = [("unshipped", "b"), ("unshipped", "b")]
    for name in ("events.jsonl.gz", "events.csv", "events.parquet"):
        done = cep("rules.pattern", "--from", name)
        assert (name, done.found) == (name, expected), done.err


def test_a_file_of_one_type_and_several_files(cep: Cep, folder: Path) -> None:
    lines = EVENTS.splitlines(keepends=True)
    (folder / "pays.jsonl").write_text("".join(line for line in lines if '"Pay"' in line))
    (folder / "ships.jsonl").write_text("".join(line for line in lines if '"Ship"' in line))
    done = cep("rules.pattern", "--from", "Pay=pays.jsonl", "--from", "Ship=ships.jsonl")
    assert done.found == [("unshipped", "b"), ("unshipped", "b")]
    done = cep("rules.pattern", "--from", "Pay=pays.jsonl")
    assert done.found == [("unshipped", "a"), ("unshipped", "b"), ("unshipped", "b")]
    assert "unshipped reads Ship, which no source brings" in done.err


def test_another_type_field(cep: Cep, folder: Path) -> None:
    (folder / "events.jsonl").write_text(EVENTS.replace('"type"', '"kind"'))
    assert len(cep("rules.pattern", "--from", "events.jsonl", "--type-field", "kind").alerts) == 2


def test_params_and_lists(cep: Cep, folder: Path) -> None:
    assert len(cep("rules.pattern", "--from", "events.jsonl", "--param", "limit=300").alerts) == 0
    done = cep("rules.pattern", "--from", "events.jsonl", "--param", "span=90s")
    assert [key for _, key in done.found] == ["a", "b", "b"]
    (folder / "ignored.txt").write_text("b\n")
    assert cep("rules.pattern", "--from", "events.jsonl").found == []


JOB = """\
job: shop
rules: [rules.pattern]
sources:
  orders: {file: events.jsonl, type_field: type}
lists: {ignored: []}
params: {limit: 250.00}
alerts: {file: -, evidence: fields}
shadow: {file: shadow.jsonl}
unknown_types: dead_letter
dead_letters: {file: dead.jsonl}
"""


def test_a_job_file(cep: Cep, folder: Path) -> None:
    (folder / "job.yaml").write_text(JOB)
    (folder / "events.jsonl").write_text(EVENTS + '{"type":"What"}\n')
    done = cep("job.yaml", given=False)
    assert (done.code, done.found) == (0, [("unshipped", "b"), ("unshipped", "b")])
    event = done.alerts[0]["events"][0]
    assert event["source"] == "orders/0/2"
    assert event["data"] == {"id": "b", "amount": 300, "note": None, "ts": "2023-11-14T22:14:20.000Z"}
    assert json.loads(Path("shadow.jsonl").read_text())["rule"] == "twice"
    assert json.loads(Path("dead.jsonl").read_text())["dead_letter"] == "of no declared event type"


def test_a_job_without_a_place_for_alerts_says_so(cep: Cep, folder: Path) -> None:
    (folder / "job.yaml").write_text(JOB.replace("alerts: {file: -, evidence: fields}\n", ""))
    done = cep("job.yaml", given=False)
    assert (done.code, done.out) == (0, "")
    assert "alerts                 2   unshipped 2; not written (--to FILE keeps them)" in done.err


def test_options_replace_what_a_job_file_says(cep: Cep, folder: Path) -> None:
    (folder / "job.yaml").write_text(JOB)
    done = cep("job.yaml", "--to", "alerts.jsonl", "--param", "limit=100.00", "--evidence", "ids")
    assert done.out == ""
    first = json.loads(Path("alerts.jsonl").read_text().splitlines()[0])
    assert "data" not in first["events"][0]


def test_types_told_by_matching_fields(cep: Cep, folder: Path) -> None:
    (folder / "job.yaml").write_text(
        JOB.replace("type_field: type", "types: {Pay: {kind: [1, 3]}, Ship: {kind: 2, ok: true}}")
    )
    lines = EVENTS.replace('"type":"Pay"', '"kind":1').replace('"type":"Ship"', '"kind":2,"ok":true')
    (folder / "events.jsonl").write_text(lines + '{"kind":2,"ok":1}\n')
    done = cep("job.yaml", "--param", "limit=100.00", given=False)
    assert done.found == [("unshipped", "b"), ("unshipped", "b")]
    assert "dead letters           1" in done.err


def test_the_summary_for_machines(cep: Cep, folder: Path) -> None:
    (folder / "events.jsonl").write_text(EVENTS + pay("z", "1.00", -5) + "nonsense\n" + '{"type":"What"}\n')
    done = cep("rules.pattern", "--from", "events.jsonl", "--output", "json")
    summary = json.loads(done.err)
    assert summary["ending"] == "complete"
    assert (summary["events"], summary["late"], summary["dead_letters"]) == (8, 1, 1)
    assert summary["alerts"] == {"total": 2, "by_rule": {"unshipped": 2}}
    assert summary["unrouted"] == {"total": 1, "by_type": {"What": 1}}
    assert summary["watermark"] == "2023-11-14T22:17:19.000Z"
    done = cep("rules.pattern", "--from", "events.jsonl", "--output", "json", "--out", "summary.json")
    assert done.err == ""
    assert json.loads(Path("summary.json").read_text())["events"] == 8


def test_quiet(cep: Cep) -> None:
    done = cep("rules.pattern", "--from", "events.jsonl", "--quiet")
    assert (len(done.alerts), done.err) == (2, "")


def test_a_broken_archive_counts_as_far_as_it_goes(cep: Cep, folder: Path) -> None:
    many = "".join(pay(f"k{n}", "200.00", n / 100) for n in range(50_000))
    packed = gzip.compress(many.encode())
    (folder / "events.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    done = cep("rules.pattern", "--from", "events.jsonl.gz", "--to", "a.jsonl")
    assert done.code == 3
    assert "error[C0301]: `events.jsonl.gz` cannot be read to its end: compressed file ended" in done.err
    alerts = Path("a.jsonl").read_text().splitlines()
    assert len(alerts) > 10_000
    assert done.err.startswith("failed: ")
    done = cep("rules.pattern", "--from", "events.jsonl.gz", "--to", "a.jsonl", "--output", "json")
    summary = json.loads(done.err)
    assert (summary["ending"], summary["failure"]["code"]) == ("failed", "C0301")


REFUSED = {
    "no rules": ([], "C0252"),
    "no events": (["rules.pattern"], "C0253"),
    "a missing file": (["rules.pattern", "--from", "none.jsonl"], "C0101"),
    "a folder": (["rules.pattern", "--from", "."], "C0102"),
    "missing rules": (["none.pattern", "--from", "events.jsonl"], "E0701"),
    "an unknown rule": (["rules.pattern::twcie", "--from", "events.jsonl"], "E0704"),
    "an unknown type": (["rules.pattern", "--from", "Pai=events.jsonl"], "C0232"),
    "two files of one name": (["rules.pattern", "--from", "events.jsonl", "--from", "./events.jsonl"], "C0254"),
    "stdin twice": (["rules.pattern", "--from", "-", "--from", "Pay=-"], "C0217"),
    "an unknown param": (["rules.pattern", "--from", "events.jsonl", "--param", "limt=2"], "C0232"),
    "a param out of range": (["rules.pattern", "--from", "events.jsonl", "--param", "limit=0"], "C0234"),
    "a param that is none": (["rules.pattern", "--from", "events.jsonl", "--param", "limit"], "C0255"),
    "overwriting the input": (["rules.pattern", "--from", "events.jsonl", "--to", "events.jsonl"], "C0256"),
    "two outputs in one": (
        ["rules.pattern", "--from", "events.jsonl", "--late", "x", "--dead-letters", "./x"],
        "C0257",
    ),
    "an output that is a folder": (["rules.pattern", "--from", "events.jsonl", "--to", "."], "C0115"),
    "a missing job file": (["job.yaml"], "C0210"),
    "a job file among rules": (["job.yaml", "rules.pattern"], "C0250"),
    "a job file and events": (["job.yaml", "--from", "events.jsonl"], "C0251"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_said_with_a_code_and_exit_2(name: str, cep: Cep) -> None:
    arguments, code = REFUSED[name]
    done = cep(*arguments)
    assert done.code == 2
    assert f"error[{code}]" in done.err
    assert "help: " in done.err
    assert Path("events.jsonl").read_text() == EVENTS
    as_json = cep(*arguments, "--output", "json")
    assert as_json.code == 2
    assert [finding["code"] for finding in json.loads(as_json.err)["findings"]] == [code]


def test_a_declared_list_without_values_is_refused_at_its_declaration(cep: Cep) -> None:
    done = cep("rules.pattern", "--from", "events.jsonl", given=False)
    assert done.code == 2
    assert "rules.pattern:5:6: error[C0230]: the list `ignored` has no values in this job" in done.err


def test_errors_of_a_job_file_show_its_line(cep: Cep, folder: Path) -> None:
    (folder / "job.yaml").write_text(JOB.replace("params: {limit: 250.00}", "params: {limit: 1:30, limet: 1}"))
    done = cep("job.yaml", given=False)
    assert done.code == 2
    assert "job.yaml:6:17: error[C0233]: `1:30` is not a number, and `limit` is declared as decimal" in done.err
    assert " 6 | params: {limit: 1:30, limet: 1}" in done.err
    assert "did you mean `limit`?" in done.err


def test_nothing_is_written_when_something_is_refused(cep: Cep, folder: Path) -> None:
    (folder / "a.jsonl").write_text("kept\n")
    assert cep("rules.pattern", "--from", "none.jsonl", "--to", "a.jsonl").code == 2
    assert cep("rules.pattern", "--from", "events.jsonl", "--to", "a.jsonl", given=False).code == 2
    assert (folder / "a.jsonl").read_text() == "kept\n"


def test_standard_input_gives_what_the_file_gives(folder: Path) -> None:
    command = [sys.executable, "-m", "cep.cli.main", "run", "rules.pattern", "--list", "ignored=ignored.txt"]
    piped = subprocess.run(
        [*command, "--from", "-"], input=EVENTS.encode(), capture_output=True, cwd=folder, check=True
    )
    alerts = [json.loads(line) for line in piped.stdout.splitlines()]
    assert [alert["events"][0]["source"] for alert in alerts] == ["stdin/0/2", "stdin/0/5"]
