"""The record of volume runs: goes on where it was left, and the documentation tells the same figures."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from tests.generated import record
from tests.generated.constructs import CONSTRUCTS
from tests.generated.record import Sitting

INTERNALS = (record.ROOT / "docs" / "internals.md").read_text(encoding="utf-8")


def sitting(first: int, last: int, generator: int = record.GENERATOR, code: str = "code", **counts: Any) -> Sitting:
    return Sitting(generator, first, last, code, **counts)


def by_generator() -> list[list[Sitting]]:
    sittings = record.read(record.RECORD)
    return [list(several) for _, several in groupby(sittings, lambda one: one.generator)]


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
    record.write(path, [sitting(0, 100, code="other code", matching=70, differing=[7])])
    record.go_on(path, 10, jobs=1)
    before, now = record.read(path)
    assert (before.last, now.first, now.last) == (100, 100, 110)
    assert "110 pairs (seeds 0 to 109)" in record.told([before, now])
    assert f"{1 + len(now.differing)} differed" in record.told([before, now])


def test_another_generator_begins_with_the_first_seed(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    record.write(path, [sitting(0, 100, generator=record.GENERATOR - 1, code=record.mark(), differing=[7])])
    record.go_on(path, 10, jobs=1)
    record.go_on(path, 10, jobs=1)
    before, now = record.read(path)
    assert (before.last, now.first, now.last) == (100, 0, 20)
    first, second = record.told([before, now]).splitlines()
    assert first.startswith("- generator 1: 100 pairs (seeds 0 to 99)")
    assert second.startswith("- generator 2: 20 pairs (seeds 0 to 19)")


def test_the_record_tells_how_many_were_clean_since_the_last_that_differed() -> None:
    before = sitting(0, 100, differing=[7, 60])
    assert record.told([before]).endswith("2 differed when they were run, none of the last 39")
    assert record.told([before, sitting(100, 120, code="other code")]).endswith("none of the last 59")
    assert record.told([sitting(0, 20)]).endswith("0 differed when they were run, none of the last 20")


def test_the_mark_follows_the_code(tmp_path: Path) -> None:
    folder = tmp_path / record.FOLDERS[0]
    folder.mkdir(parents=True)
    (folder / "one.py").write_text("1")
    before = record.mark(tmp_path)
    (folder / "one.py").write_text("2")
    assert record.mark(tmp_path) != before


def test_the_documentation_tells_what_was_recorded() -> None:
    assert record.told(record.read(record.RECORD)) in INTERNALS


def test_the_seeds_of_a_generator_are_recorded_without_a_gap() -> None:
    for sittings in by_generator():
        assert [one.first for one in sittings] == [0, *(one.last for one in sittings[:-1])]


def test_what_was_recorded_matches_often_and_holds_every_construct() -> None:
    sittings = by_generator()[-1]
    pairs = sum(one.pairs for one in sittings)
    matching = sum(one.matching for one in sittings)
    assert matching >= 0.6 * pairs > 0
    counts = {name: sum(one.constructs.get(name, 0) for one in sittings) for name in CONSTRUCTS}
    assert [name for name, count in counts.items() if count < 0.02 * matching] == []
