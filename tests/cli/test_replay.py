"""A run again over its recorded points: the same alerts, whatever lies on disk by now."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cep.runtime.points.entries import read_points, whole_size
from tests.cli import test_run_state as plain
from tests.cli.live import cep, die, nothing
from tests.cli.test_live_change import edited
from tests.cli.test_run_state import OUTPUTS, change, written

TO = [
    f"--{option}=again/{name}.jsonl"
    for option, name in zip(("to", "shadow", "late", "dead-letters"), OUTPUTS, strict=True)
]


def again(shop: Path, points: str = "state", *more: str) -> list[bytes]:
    """The outputs of a replay."""
    code, said = plain.cep("job.yaml", "--replay", points, *TO, *more)
    assert code == 0, said
    return [(shop / "again" / f"{name}.jsonl").read_bytes() for name in OUTPUTS]


def test_a_run_that_was_left_alone(shop: Path) -> None:
    assert plain.cep("job.yaml")[0] == 0
    assert again(shop) == written(shop)


@pytest.mark.parametrize("at", [1, 4, 9, 17, 30])
def test_rules_that_changed_under_way(at: int, shop: Path) -> None:
    second = lambda: change(shop, "job.yaml", "[s9, s8]", "[s1]")  # noqa: E731
    assert cep("job.yaml", at={at: edited(shop), at + 4: second})[0] == 0
    for name in ("shop.pattern", "job.yaml"):
        (shop / name).write_text((shop / name).read_text().replace("total", "amount"))
    assert again(shop) == written(shop)


def test_a_life_of_edits_stops_and_deaths(shop: Path) -> None:
    """Live changes, changes over a restart, runs killed in between."""
    assert cep("job.yaml", at={7: edited(shop), 9: die})[0] == -9
    change(shop, "shop.pattern", "within 10m", "within 15m")
    assert cep("job.yaml", at={3: die})[0] == -9
    change(shop, "job.yaml", "[s9, s8]", "[s9, s8, s1]")
    change(shop, "shop.pattern", "version 2", "version 3")
    softer = lambda: change(shop, "shop.pattern", "+ 20.00", "+ 10.00")  # noqa: E731
    assert cep("job.yaml", at={2: nothing, 3: softer, 5: die})[0] == -9
    assert plain.cep("job.yaml")[0] == 0
    assert again(shop) == written(shop)
    alerts = [json.loads(line) for line in (shop / "out" / "alerts.jsonl").read_text().splitlines()]
    assert {alert["version"] for alert in alerts} == {1, 2, 3}


def test_a_run_that_goes_on_from_the_snapshot_of_its_start(shop: Path) -> None:
    """That snapshot knows the rules, and was made safe before the point that says so."""
    change(shop, "job.yaml", "every: 0s", "every: 60s")
    assert cep("job.yaml", at={5: die})[0] == -9
    assert [one.name for one in (shop / "state").glob("*.snapshot")] == ["all.000000000001.snapshot"]
    assert plain.cep("job.yaml")[0] == 0
    assert again(shop) == written(shop)


def test_after_going_back(shop: Path) -> None:
    """The points of what was taken back go with it."""
    assert cep("job.yaml", at={9: edited(shop), 14: die})[0] == -9
    for _ in range(2):
        assert cep("job.yaml", at={1: die})[0] == -9
    from typer.testing import CliRunner

    from cep.cli.main import application

    assert CliRunner().invoke(application(("state",)), ["state", "rewind", "job.yaml"]).exit_code == 0
    assert plain.cep("job.yaml")[0] == 0
    assert again(shop) == written(shop)


def test_a_record_of_a_run_without_state(shop: Path) -> None:
    change(shop, "job.yaml", "state: {dir: state, every: 0s}\n", "")
    assert cep("job.yaml", "--record", "run.points", at={9: edited(shop)})[0] == 0
    (shop / "shop.pattern").unlink()
    assert (shop / "run.points").stat().st_mode & 0o077 == 0
    assert again(shop, "run.points") == written(shop)


def test_inputs_that_do_not_hold_it_any_more(shop: Path) -> None:
    assert plain.cep("job.yaml")[0] == 0
    before = (shop / "orders.jsonl").read_text()
    for text in (before.replace('"order": "o', '"order": "p'), before[: len(before) // 2]):
        (shop / "orders.jsonl").write_text(text)
        code, said = plain.cep("job.yaml", "--replay", "state", *TO)
        assert (code, "error[C0271]: `orders.jsonl` does not hold what was read of it" in said) == (2, True)
        assert not (shop / "again").exists()
    (shop / "orders.jsonl").write_text(before)
    change(shop, "job.yaml", "shipped.csv}", "shipped.csv, delimiter: ','}")
    code, said = plain.cep("job.yaml", "--replay", "state", *TO)
    assert (code, "error[C0271]: source `Shipped` is not what it was" in said) == (2, True)
    change(shop, "job.yaml", "job: shop", "job: other")
    code, said = plain.cep("job.yaml", "--replay", "state", *TO)
    assert (code, "error[C0271]: the points are those of the job `shop`, and this is `other`" in said) == (2, True)


def test_where_a_replay_writes(shop: Path) -> None:
    assert plain.cep("job.yaml")[0] == 0
    before = written(shop)
    # small pieces, in which this process reads, make no difference to a job of one lane
    command = [sys.executable, "-m", "cep", "run", "job.yaml", "--replay", "state", "--quiet"]
    shown = subprocess.run(command, capture_output=True, check=True)
    assert (sorted(shown.stdout.splitlines()), shown.stderr) == (sorted(before[0].splitlines()), b"")
    assert written(shop) == before, "alerts go to standard output, all else nowhere"
    code, said = plain.cep("job.yaml", "--replay", "state", "--to", "out/alerts.jsonl")
    assert (code, "error[C0272]: `out/alerts.jsonl` holds what the job's own runs have written" in said) == (2, True)
    assert written(shop) == before


def test_a_function_whose_code_has_changed(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(shop))
    (shop / "limits_of_replay.py").write_text("def over(total: float) -> bool:\n    return total > 40\n")
    declared = 'function over(total: float) -> bool from python "limits_of_replay:over"\nrule not_shipped'
    change(shop, "shop.pattern", "rule not_shipped", declared)
    change(shop, "shop.pattern", "total > limit", "over(float(total))")
    change(shop, "job.yaml", "job: shop", "job: shop\nfunctions: {allow: [limits_of_replay]}")
    assert plain.cep("job.yaml")[0] == 0
    assert again(shop) == written(shop)
    data = (shop / "limits_of_replay.py").read_text().replace("40", "50")
    (shop / "limits_of_replay.py").write_text(data)
    command = [sys.executable, "-m", "cep", "run", "job.yaml", "--replay", "state", *TO]
    found = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(shop)})
    assert found.returncode == 2
    assert b"error[C0273]: the code of the function `over` is not what it was" in found.stderr


@pytest.mark.parametrize("option", ["--watch", "--record=x", "--from-start", "--param=limit=1.00", "--allow-reset"])
def test_options_that_do_not_go_with_a_replay(option: str, shop: Path) -> None:
    code, said = plain.cep("job.yaml", "--replay", "state", option)
    assert (code, f"error[C0270]: `{option.partition('=')[0]}` does not go with `--replay`" in said) == (2, True)


def test_a_record_beside_state(shop: Path) -> None:
    code, said = plain.cep("job.yaml", "--record", "x")
    assert (code, "error[C0270]: the job keeps state, and its points are recorded in `state/all.points`" in said) == (
        2,
        True,
    )


def test_files_that_are_no_record(shop: Path) -> None:
    assert plain.cep("job.yaml")[0] == 0
    data = (shop / "state" / "all.points").read_bytes()
    wrong = {"gone": None, "empty": b"", "other": b"CEPSTATE" + data[8:], "turned": data[:40] + b"~" + data[41:]}
    for name, content in wrong.items():
        if content is not None:
            (shop / name).write_bytes(content)
        code, said = plain.cep("job.yaml", "--replay", name)
        assert (code, f"{name}" in said, "error[C0273]" in said) == (2, True, True), said
        assert "Traceback" not in said


def test_a_record_that_was_cut_off(shop: Path) -> None:
    """Without state: the last entry was being written."""
    change(shop, "job.yaml", "state: {dir: state, every: 0s}\n", "")
    assert cep("job.yaml", "--record", "run.points", at={9: edited(shop)})[0] == 0
    data = (shop / "run.points").read_bytes()
    points = list(read_points(data))
    for tail in (data[:-1], data[:-9], data[:-20] + bytes(40)):
        if whole_size(tail) == len(tail):
            continue
        (shop / "cut.points").write_bytes(tail)
        code, said = plain.cep("job.yaml", "--replay", "cut.points", *TO)
        assert (code, "were cut off while they were written: left aside" in said) == (0, True), said
        assert len(list(read_points(tail[: whole_size(tail)]))) < len(points)


def test_a_record_that_begins_in_the_middle(shop: Path) -> None:
    assert cep("job.yaml", at={9: die})[0] == -9
    (shop / "state" / "all.points").write_bytes(b"")
    code, said = plain.cep("job.yaml")
    assert (code, "error[C0260]: the file of `points` holds 0 bytes" in said) == (2, True)
