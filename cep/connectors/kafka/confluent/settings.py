"""librdkafka's properties for each kind of client: the caller's, and those that the port's promises rest on."""

from __future__ import annotations

from collections.abc import Mapping

from cep.connectors.kafka.port import KafkaFailure, Trouble

_CONSUMER = {
    "enable.auto.commit": "false",
    "enable.auto.offset.store": "false",
    "enable.partition.eof": "true",
}
_CONSUMER_UNLESS_SAID = {
    "auto.offset.reset": "error",
    # a partition that is started, resumed or sought waits until the request under way has been answered
    "fetch.wait.max.ms": "100",
    # by itself a second, in which a fast reader empties the queue and stands still
    "fetch.queue.backoff.ms": "10",
}
_COOPERATIVE = "cooperative-sticky"
_PRODUCER_UNLESS_SAID = {
    "enable.idempotence": "true",
    # as clients in Java do it, so that equal keys meet in one partition whoever writes them
    "partitioner": "murmur2_random",
}


def consumer_settings(given: Mapping[str, str]) -> dict[str, str]:
    """Nothing is committed by itself, ends are told, a position that is not there is an error, partitions change hands
    one by one. Raises `KafkaFailure` where one of these is asked for otherwise."""
    settings = {**_CONSUMER_UNLESS_SAID, **given}
    if settings.get("group.protocol", "classic") == "classic":
        settings.setdefault("partition.assignment.strategy", _COOPERATIVE)
        _insist(settings, {"partition.assignment.strategy": _COOPERATIVE})
    return _insist(settings, _CONSUMER)


def producer_settings(given: Mapping[str, str]) -> dict[str, str]:
    """Every record once, and partitioned as by clients in Java, unless said otherwise."""
    return {**_PRODUCER_UNLESS_SAID, **given}


def _insist(settings: dict[str, str], needed: Mapping[str, str]) -> dict[str, str]:
    for name, value in needed.items():
        if settings.setdefault(name, value) != value:
            message = f"`{name}: {settings[name]}` cannot be had here: it has to be `{value}`"
            raise KafkaFailure(Trouble.FATAL, "_INVALID_ARG", message)
    return settings
