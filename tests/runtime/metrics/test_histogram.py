"""Classes of a histogram."""

from __future__ import annotations

from cep.runtime.metrics.histogram import Histogram


def test_a_value_at_a_bound_is_not_above_it() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 7.0):
        histogram.observe(value)
    counts = histogram.counts()
    assert counts.upto == ((1.0, 2), (2.0, 4))
    assert (counts.count, counts.sum) == (5, 12.0)


def test_what_lies_below_zero_counts_as_zero() -> None:
    histogram = Histogram((1.0,))
    histogram.observe(-3.0)
    assert histogram.counts().upto == ((1.0, 1),)
    assert histogram.counts().sum == 0.0
