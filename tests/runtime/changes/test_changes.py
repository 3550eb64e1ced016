"""Every kind of edit has a verdict: the table in `docs/guarantees.md`, row by row, on open partial matches."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cep.runtime.snapshot_error import SnapshotError
from tests.runtime.changes.playing import Case, Played, cases, play, push, through_file

ALL = cases()
IDS = [f"{number} {case.row[:40]}" for number, case in enumerate(ALL)]
PAGE = Path(__file__).parents[3] / "docs" / "guarantees.md"
REFUSED = [case for case in ALL if case.verdict == "reset"]


@pytest.mark.parametrize("case", ALL, ids=IDS)
def test_the_verdict_and_what_becomes_of_open_partial_matches(case: Case) -> None:
    played = play(case)
    assert told(played) == (case.verdict, case.open)
    assert (played.alerts, played.ended) == (case.alerts, case.ended)


@pytest.mark.parametrize("case", ALL, ids=IDS)
def test_further_restarts_make_no_difference(case: Case) -> None:
    played = play(case, again=1)
    assert (played.alerts, played.ended) == (case.alerts, case.ended)


def told(played: Played) -> tuple[str | None, int]:
    found = [change for change in played.report.changes if change.rule == "r"]
    return (found[0].verdict.value, found[0].open) if found else (None, 0)


@pytest.mark.parametrize("case", REFUSED, ids=[case.row for case in REFUSED])
def test_a_reset_is_refused_unless_it_is_allowed(case: Case) -> None:
    old = case.shard(False)
    for offset, line in enumerate(case.before):
        push(case, old, line, offset)
    with pytest.raises(SnapshotError, match=r"rule `r`: reset, 1 open partial match: .*--allow-reset"):
        case.shard(True).restore(through_file(old))


@pytest.mark.parametrize("case", REFUSED, ids=[case.row for case in REFUSED])
def test_where_nothing_is_open_nothing_is_refused(case: Case) -> None:
    report = case.shard(True).restore(through_file(case.shard(False)))
    assert not report.lost


def rows() -> list[tuple[str, str]]:
    """The table on the page: what is edited, and the verdict."""
    text = PAGE.read_text().partition("## Rules change, state stays")[2]
    found = re.findall(r"^\| ([^|]+?) \| (?:`([a-z-]+)`|nothing to tell) \|", text, re.MULTILINE)
    return [(row, verdict) for row, verdict in found]


def test_the_table_and_the_cases_correspond() -> None:
    page = rows()
    assert len(page) > 20
    assert set(page) == {(case.row, case.verdict or "") for case in ALL}
