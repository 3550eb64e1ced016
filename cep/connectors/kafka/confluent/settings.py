"""librdkafka's properties for each kind of client: the caller's, and those that the port's promises rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cep.connectors.kafka.port import KafkaFailure, Trouble
from cep.connectors.kafka.properties import FIXED

_STRATEGY = "partition.assignment.strategy"
_CONSUMER = ("enable.auto.commit", "enable.auto.offset.store", "enable.partition.eof")
_CONSUMER_UNLESS_SAID = {
    "auto.offset.reset": FIXED["auto.offset.reset"].value,
    # a partition that is started, resumed or sought waits until the request under way has been answered
    "fetch.wait.max.ms": "100",
    # by itself a second, in which a fast reader empties the queue and stands still
    "fetch.queue.backoff.ms": "10",
}
_PRODUCER_UNLESS_SAID = {
    "enable.idempotence": FIXED["enable.idempotence"].value,
    # as clients in Java do it, so that equal keys meet in one partition whoever writes them
    "partitioner": "murmur2_random",
    # by itself the client lets go of a broker that is away, and where that was the group's coordinator `send_offsets`
    # goes on waiting for it for ever (librdkafka's issue 5511)
    "metadata.recovery.strategy": "none",
}
_PATIENCE = 10_000
"""Milliseconds that `send_offsets` waits for a broker that is silent, whatever it was told; by itself a minute."""


def consumer_settings(given: Mapping[str, str]) -> dict[str, str]:
    """Nothing is committed by itself, ends are told, a position that is not there is an error, partitions change hands
    one by one. Raises `KafkaFailure` where one of these is asked for otherwise."""
    settings = {**_CONSUMER_UNLESS_SAID, **given}
    if settings.get("group.protocol", "classic") == "classic":
        _insist(settings, [_STRATEGY])
    return _insist(settings, _CONSUMER)


def producer_settings(given: Mapping[str, str]) -> dict[str, str]:
    """Every record once, and partitioned as by clients in Java, unless said otherwise."""
    limit = given.get("transaction.timeout.ms", "")
    patience = min(_PATIENCE, int(limit)) if limit.isdecimal() else _PATIENCE
    return {**_PRODUCER_UNLESS_SAID, "socket.timeout.ms": str(patience), **given}


def _insist(settings: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    for name in names:
        value = FIXED[name].value
        if settings.setdefault(name, value) != value:
            message = f"`{name}: {settings[name]}` cannot be had here: it has to be `{value}`"
            raise KafkaFailure(Trouble.FATAL, "_INVALID_ARG", message)
    return settings
