"""The record of volume runs: goes on where it was left, and the documentation tells the same figures."""

from __future__ import annotations

from pathlib import Path

from tests.generated import record
from tests.generated.constructs import CONSTRUCTS

INTERNALS = (record.ROOT / "docs" / "internals.md").read_text(encoding="utf-8")


def test_a_run_goes_on_behind_the_last_seed(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    record.go_on(path, 30, jobs=1, portion=20)
    (first,) = record.read(path)
    assert (first.first, first.last, first.code) == (0, 30, record.mark())
    record.go_on(path, 10, jobs=1)
    (both,) = record.read(path)
    assert (both.first, both.last) == (0, 40)
    assert both.matching > first.matching > 0


def test_other_code_begins_a_sitting_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    record.write(path, [record.Sitting(0, 100, "other code", matching=70, differing=[7])])
    record.go_on(path, 10, jobs=1)
    before, now = record.read(path)
    assert (before.last, now.first, now.last) == (100, 100, 110)
    assert "110 pairs (seeds 0 to 109)" in record.told([before, now])
    assert f"{1 + len(now.differing)} differed" in record.told([before, now])


def test_the_record_tells_how_many_were_clean_since_the_last_that_differed() -> None:
    before = record.Sitting(0, 100, "code", differing=[7, 60])
    assert "2 differed when they were run, none of the last 39." in record.told([before])
    assert "none of the last 59." in record.told([before, record.Sitting(100, 120, "other code")])
    assert "0 differed when they were run, none of the last 20." in record.told([record.Sitting(0, 20, "code")])


def test_the_mark_follows_the_code(tmp_path: Path) -> None:
    folder = tmp_path / record.FOLDERS[0]
    folder.mkdir(parents=True)
    (folder / "one.py").write_text("1")
    before = record.mark(tmp_path)
    (folder / "one.py").write_text("2")
    assert record.mark(tmp_path) != before


def test_the_documentation_tells_what_was_recorded() -> None:
    sittings = record.read(record.RECORD)
    assert record.told(sittings) in INTERNALS
    assert [one.first for one in sittings] == [0, *(one.last for one in sittings[:-1])]


def test_what_was_recorded_matches_often_and_holds_every_construct() -> None:
    sittings = record.read(record.RECORD)
    pairs = sum(one.pairs for one in sittings)
    matching = sum(one.matching for one in sittings)
    assert matching >= 0.6 * pairs
    counts = {name: sum(one.constructs.get(name, 0) for one in sittings) for name in CONSTRUCTS}
    assert [name for name, count in counts.items() if count < 0.02 * matching] == []
