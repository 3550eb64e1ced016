"""`cep export`: what is copied, where to, and what is refused."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cep.cli.export_session import ExportOptions, ExportSession
from cep.cli.interruption import Interruption
from cep.connectors.export import exporter
from cep.connectors.kafka.port import Trouble
from cep.testing.simulated_kafka import Fault, Moment, SimulatedKafka
from cep.testing.simulated_kafka.clock import SECOND

START = 1_700_000_000 * SECOND
GIVEN = ("bootstrap.servers=simulated",)
Export = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def cluster() -> SimulatedKafka:
    made = SimulatedKafka(3)
    made.create("t", 2)
    made.create("u", 1)
    for number in range(40):
        made.write("t", b"%d" % number, None, number % 2, (), START + number * SECOND)
    made.write("u", b"\xff", b"\xfe", 0, [("h", None)], START)
    made.write("u", None, b"gone", 0, (), START)
    return made


@pytest.fixture
def export(
    cluster: SimulatedKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Export:
    """Runs it; its exit code, the lines of `out`, and what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cep.cli.kafka_session.client", lambda: cluster.process("exporter"))

    def run(*targets: str, out: str | None = "out.jsonl", kafka: tuple[str, ...] = GIVEN, **more: Any) -> Any:
        with Interruption() as interruption:
            options = ExportOptions(targets or ("t",), kafka, out=None if out is None else Path(out), **more)
            code = ExportSession(options, interruption).run()
        told = capfd.readouterr()
        text = told.out if out is None else Path(out).read_text() if out and Path(out).is_file() else ""
        return code, [json.loads(line) for line in text.splitlines()], told.err

    return run


def values(lines: list[dict[str, Any]]) -> list[int]:
    return [int(line["_value"]) for line in lines]


def test_partitions_are_merged_by_time(export: Export) -> None:
    code, lines, said = export()
    assert code == 0
    assert values(lines) == list(range(40))
    assert (lines[3]["_topic"], lines[3]["_partition"], lines[3]["_offset"]) == ("t", 1, 1)
    assert said == (
        "t: 40 records of 2 partitions to `out.jsonl`, 2023-11-14T22:13:20.000Z to 2023-11-14T22:13:59.000Z\n"
    )
    assert stat.S_IMODE(Path("out.jsonl").stat().st_mode) == 0o600
    assert [path.name for path in Path().iterdir()] == ["out.jsonl"]


def test_to_standard_output(export: Export) -> None:
    assert values(export(out=None, quiet=True)[1]) == list(range(40))


@pytest.mark.parametrize(
    ("since", "until", "wanted"),
    [
        ("2023-11-14T22:13:30Z", "2023-11-14T22:13:33Z", [10, 11, 12]),
        ("5", "7", [10, 11, 12, 13]),
        ("2023-11-14T22:13:57Z", "latest", [37, 38, 39]),
        ("earliest", "1", [0, 1]),
        ("7", "5", []),
        ("latest", "latest", []),
        ("2030-01-01T00:00:00Z", "latest", []),
        ("18", "9999", [36, 37, 38, 39]),
    ],
)
def test_from_and_to(export: Export, since: str, until: str, wanted: list[int]) -> None:
    code, lines, _ = export(since=since, until=until)
    assert (code, values(lines)) == (0, wanted)


def test_single_partitions(export: Export) -> None:
    assert values(export(partitions=(1,), until="3")[1]) == [1, 3, 5]


def test_several_topics_go_to_a_folder(export: Export) -> None:
    code, _, said = export("t", "u", out="copies", as_json=True)
    assert code == 0
    assert sorted(path.name for path in Path("copies").iterdir()) == ["t.jsonl", "u.jsonl"]
    first, second = map(json.loads, Path("copies/u.jsonl").read_text().splitlines())
    assert (first["_key_base64"], first["_value_base64"], first["_headers"]) == ("/g==", "/w==", [{"name": "h"}])
    assert (second["_key"], second["_value"]) == ("gone", None)
    told = {of["topic"]: of for of in json.loads(said)["topics"]}
    assert told["t"]["partitions"]["1"] == {"from": 0, "to": 20, "records": 20}


def test_what_retention_has_taken_is_said(export: Export, cluster: SimulatedKafka) -> None:
    cluster.retain("t", 0, 5)
    code, lines, said = export(since="2")
    assert (code, len(lines)) == (0, 15 + 18)
    assert "cep: t/0 begins at 5 by now: what was before is gone" in said


def test_records_that_come_later_are_left_out(
    export: Export, cluster: SimulatedKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = exporter.Exporter.records

    def late(self: exporter.Exporter, stop: Callable[[], bool]) -> Any:
        for number in range(40, 60):
            cluster.write("t", b"%d" % number, None, number % 2, (), START + number * SECOND)
        return begun(self, stop)

    monkeypatch.setattr(exporter.Exporter, "records", late)
    assert values(export()[1]) == list(range(40))


def test_a_failure_on_the_way_leaves_no_file(export: Export, cluster: SimulatedKafka) -> None:
    cluster.deny("t")
    code, lines, said = export()
    assert code in (2, 3) and lines == []
    assert list(Path().iterdir()) == []
    assert "error[C0" in said


@pytest.mark.parametrize(("signal", "wanted"), [(130, 130), (0, 3)])
def test_a_stop_leaves_no_file(export: Export, monkeypatch: pytest.MonkeyPatch, signal: int, wanted: int) -> None:
    def asked(self: Interruption) -> bool:
        self.exit_code = signal
        return True

    monkeypatch.setattr(Interruption, "asked", asked)
    code, lines, said = export()
    assert (code, lines) == (wanted, [])
    assert list(Path().iterdir()) == []
    assert "no file was left" in said


def test_passing_troubles_are_sat_out(export: Export, cluster: SimulatedKafka) -> None:
    cluster.faults.next("consumer.poll", Fault(Moment.BEFORE, Trouble.RETRIABLE))
    code, lines, said = export()
    assert (code, len(lines)) == (0, 40)
    assert "cep: asked for at consumer.poll" in said


def test_progress_is_shown_on_a_terminal(
    export: Export, monkeypatch: pytest.MonkeyPatch, cluster: SimulatedKafka
) -> None:
    monkeypatch.setattr("cep.cli.export_session.EVERY", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert "40 of at most 40 records, up to 2023-11-14T22:13:59Z" in export()[2]
    assert "of at most" not in export(quiet=True)[2]


@pytest.mark.parametrize(
    ("targets", "more", "code"),
    [
        (("t",), {"since": "yesterday"}, "C0320"),
        (("t",), {"until": "12 o'clock"}, "C0320"),
        (("t",), {"kafka": ()}, "C0322"),
        (("t",), {"kafka": ("bootstrap.servers",)}, "C0322"),
        (("t",), {"kafka": (*GIVEN, "isolation.level=read_uncommitted")}, "C0322"),
        (("v",), {}, "C0290"),
        (("t",), {"partitions": (2,)}, "C0323"),
        (("t", "u"), {"out": None}, "C0324"),
        (("files.yaml",), {}, "C0321"),
        (("none.yaml",), {}, "C0210"),
        (("t",), {"out": "/proc/nowhere/out.jsonl"}, "C0115"),
    ],
)
def test_what_is_refused(export: Export, targets: tuple[str, ...], more: dict[str, Any], code: str) -> None:
    Path("files.yaml").write_text("rules: [r.pattern]\nsources: {A: {file: a.jsonl}}\n", encoding="utf-8")
    found, lines, said = export(*targets, **more)
    assert (found, lines) == (2, [])
    assert f"error[{code}]" in said
