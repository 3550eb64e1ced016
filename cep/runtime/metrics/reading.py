"""The numbers of one moment."""

from __future__ import annotations

from collections.abc import Mapping

from cep.runtime.metrics.catalog import Metric
from cep.runtime.metrics.histogram import Counts

Number = float | Counts


class Reading:
    """By metric and values of its labels, a number or a histogram. Not changed any more once it is given away."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[tuple[str, ...], Number]] = {}

    def put(self, metric: Metric, number: Number, *labels: str) -> None:
        """Set a number. Raises `ValueError` for labels that the metric does not have."""
        if len(labels) != len(metric.labels):
            raise ValueError(f"`{metric.name}` has the labels {metric.labels}, and not {labels}")
        self._numbers.setdefault(metric.name, {})[labels] = number

    def of(self, metric: Metric) -> Mapping[tuple[str, ...], Number]:
        """What is known of a metric, by the values of its labels."""
        return self._numbers.get(metric.name, {})

    def copy(self) -> Reading:
        """Another one that begins with these numbers."""
        other = Reading()
        other._numbers = {name: dict(numbers) for name, numbers in self._numbers.items()}
        return other
