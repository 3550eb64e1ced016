"""Readings in the text formats of Prometheus, by its own client: which knows their escapes and their variants, and
tells memory, CPU time and open files of the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import CollectorRegistry

from cep.runtime.metrics.catalog import CATALOG, Metric
from cep.runtime.metrics.histogram import Counts
from cep.runtime.metrics.reading import Reading

_FAMILIES: dict[str, Any] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
}


class Exposition:
    """Writes what `read` gives, and the process's own numbers."""

    def __init__(self, read: Callable[[], Reading]) -> None:
        self._read = read
        self._registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._registry.register(self)  # type: ignore[arg-type, unused-ignore]

    def text(self, accept: str) -> tuple[bytes, str]:
        """The numbers now, and the content type of the format that the HTTP header `accept` asks for."""
        encode, content_type = choose_encoder(accept)
        text: bytes = encode(self._registry)
        return text, str(content_type)

    def collect(self) -> Iterator[Any]:
        """The metrics of the catalogue that this run has, for the client."""
        reading = self._read()
        for metric in CATALOG:
            if numbers := reading.of(metric):
                yield _family(metric, numbers)


def _family(metric: Metric, numbers: Mapping[tuple[str, ...], float | Counts]) -> Any:
    """A metric with its numbers, as the client takes it."""
    family: Any = _FAMILIES[metric.kind](metric.name, metric.help, labels=metric.labels)
    for labels, number in numbers.items():
        if isinstance(number, Counts):
            buckets = [(f"{bound:g}", count) for bound, count in number.upto]
            family.add_metric(labels, [*buckets, ("+Inf", number.count)], number.sum)
        else:
            family.add_metric(labels, number)
    return family
