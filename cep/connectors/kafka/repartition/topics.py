"""The topics between shards: made where they are not there, and looked at."""

from __future__ import annotations

from cep.connectors.errors import ConfigurationError
from cep.connectors.kafka.port import Admin, TopicInfo
from cep.connectors.kafka.repartition.division import Group

SECONDS = 30.0
"""How long the cluster may take."""

TAKEN = 10_485_760
"""Bytes of a record that such a topic takes."""

SETTINGS = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "max.message.bytes": str(TAKEN),
    "segment.bytes": "52428800",
}
"""Nothing is lost by age or size, since what is lost before it was read is a match that is missing."""
_LOOKED_AT = ("cleanup.policy", "retention.ms", "retention.bytes")


def repartition_topic(admin: Admin, group: Group, partitions: int) -> None:
    """See that a group's topic is there, has a partition for each shard, and keeps everything.

    Raises `ConfigurationError`, `KafkaFailure`."""
    name = group.topic
    present = admin.topics([name], SECONDS, _LOOKED_AT).get(name)
    if present is None:
        admin.create(TopicInfo(name, partitions, SETTINGS), SECONDS)
        present = admin.topics([name], SECONDS, _LOOKED_AT).get(name) or TopicInfo(name, partitions, SETTINGS)
    if present.partitions != partitions:
        message = f"`{name}` has {present.partitions} partitions, and the job has {partitions} shards"
        fix = "partitions of an input were added: keys have moved; name a new `state: {topic: …}` and a new `group.id`"
        raise ConfigurationError("C0278", message, fix, name)
    for setting in _LOOKED_AT:
        value = present.settings.get(setting, SETTINGS[setting])
        if value != SETTINGS[setting]:
            message = f"`{name}` has `{setting}={value}`, under which events are lost that were not read yet"
            raise ConfigurationError("C0279", message, f"set `{setting}={SETTINGS[setting]}`", name)
