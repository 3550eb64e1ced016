"""Several files that grow between runs with `--open-end`: none of them has to wait, and none comes too late."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cep.cli.main import application

RULES = """\
event A { k: string  ts: timestamp } time ts
event B { k: string  ts: timestamp } time ts
rule r { match by k within 1h  a: A then b: B }
"""
JOB = """\
job: j
rules: [r.pattern]
sources: {A: {file: a.jsonl}, B: {file: b.jsonl}}
alerts: {file: out/alerts}
late: {file: out/late}
state: {dir: state}
"""


def grow(folder: Path, count: int) -> None:
    """Events of both types in turn, a second apart; the last one is an A."""
    for name, first in (("a", 1), ("b", 0)):
        rows = [{"k": f"k{n % 7}", "ts": n * 1000} for n in range(first, count, 2)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def run(*options: str) -> None:
    result = CliRunner().invoke(application(("run",)), ["run", "job.yaml", "--quiet", "--open-end", *options])
    assert (result.exit_code, result.output) == (0, "")


def written(folder: Path) -> tuple[list[str], list[str]]:
    alerts, late = ((folder / "out" / name).read_text().splitlines() for name in ("alerts", "late"))
    return alerts, late


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.pattern").write_text(RULES)
    (tmp_path / "job.yaml").write_text(JOB)
    return tmp_path


def test_files_that_grow_side_by_side(folder: Path) -> None:
    for count in (200, 202, 900, 900, 2000):
        grow(folder, count)
        run()
    alerts, late = written(folder)
    run("--from-start")
    whole, _ = written(folder)
    assert (late, len(whole) > 400) == ([], True)
    assert sorted(alerts) == sorted(whole)


def test_what_comes_before_what_was_handed_over_is_late(folder: Path) -> None:
    grow(folder, 200)
    run()
    with (folder / "b.jsonl").open("a") as file:
        file.writelines(json.dumps({"k": "k1", "ts": ts}) + "\n" for ts in (198_500, 199_500))
    run()
    (late,) = written(folder)[1]
    assert json.loads(late)["time"] == "1970-01-01T00:03:18.500Z"
