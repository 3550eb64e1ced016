"""Engine against oracle on pairs that Hypothesis draws: it shrinks what fails to the plainest rule and log."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, find, given, note, settings

from tests.generated.cases import ENDING, FOLDER, read_case, written_case
from tests.generated.strategies import Example, examples
from tests.generated.verdict import Invariances, differences

OPEN = [path.stem for path in FOLDER.glob(f"*{ENDING}") if read_case(path).is_open]
"""Bugs that are known and not mended yet: they may be found again here."""

may_find_an_open_bug = pytest.mark.xfail(bool(OPEN), reason=f"not mended yet: {', '.join(OPEN)}", strict=False)

SLOW = settings(
    deadline=None,
    phases=(Phase.generate,) if OPEN else (Phase.generate, Phase.shrink),
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def agree(example: Example, invariances: Invariances) -> None:
    found = differences(example.pair, crc32(example.pair.text.encode()), invariances, example.expected)
    note(written_case(example.pair, found))
    assert found == []


@may_find_an_open_bug
@settings(SLOW, max_examples=200)
@given(examples())
def test_engine_agrees_with_the_oracle(example: Example) -> None:
    agree(example, "some")


@pytest.mark.long
@may_find_an_open_bug
@settings(SLOW, max_examples=1_500)
@given(examples())
def test_engine_agrees_with_the_oracle_on_many(example: Example) -> None:
    agree(example, "all")


def test_what_is_found_is_shrunk_to_something_plain() -> None:
    few = settings(SLOW, max_examples=100, phases=(Phase.generate, Phase.shrink))
    found = find(examples(), lambda example: bool(example.expected.report.matches), settings=few)
    assert len(found.pair.rule.items) == 1
    assert len(found.pair.log.events) <= 6
    assert found.pair.rule.cancel is None and found.pair.rule.suppress is None
