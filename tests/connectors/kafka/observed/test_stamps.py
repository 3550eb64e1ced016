"""When a record was written, from a few samples of each poll."""

from __future__ import annotations

from cep.connectors.kafka.observed.stamps import SAMPLES, Stamps
from cep.connectors.kafka.port import Fetched


def fetched(first: int, count: int, step: int = 1) -> Fetched:
    """Records whose timestamps are a thousand times their offsets."""
    offsets = [first + n * step for n in range(count)]
    return Fetched("t", 0, offsets, stamps=[offset * 1000 for offset in offsets])


def test_small_polls_are_exact() -> None:
    stamps = Stamps()
    for first in (0, 100, 200):
        stamps.note(fetched(first, SAMPLES, step=1))
    assert [stamps.of("t", 0, offset) for offset in (0, 63, 107, 263)] == [0, 63_000, 107_000, 263_000]


def test_large_polls_are_off_by_a_small_part_of_themselves() -> None:
    stamps = Stamps()
    stamps.note(fetched(0, 10_000))
    for offset in range(0, 10_000, 37):
        found = stamps.of("t", 0, offset)
        assert found is not None
        assert 0 <= offset * 1000 - found <= 10_000 * 1000 / SAMPLES


def test_what_was_passed_is_not_known_any_more() -> None:
    stamps = Stamps()
    for first in (0, 100, 200):
        stamps.note(fetched(first, 50))
    stamps.passed(("t", 0), 220)
    assert stamps.of("t", 0, 120) is None
    # a poll is kept whole
    assert stamps.of("t", 0, 205) == 205_000
    stamps.forget([("t", 0)])
    assert stamps.of("t", 0, 205) is None
    assert stamps.of("other", 0, 1) is None
