"""Topics, their partitions, and which partitions make one shard: looked at and checked before anything is read.

Rules that read several topics need those to be co-partitioned: with as many partitions, and one key in the same one.
Shard N is fed by partition N of every topic. One topic leads: who owns its partition N in the consumer group owns
shard N, and reads partition N of the others as well, since no assignment strategy but `range` keeps them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.job.kafka import CHANGELOG
from cep.connectors.job.model import Job, KafkaPart
from cep.connectors.kafka.port import Admin, KafkaFailure, Place, TopicInfo
from cep.connectors.kafka.repartition.division import Group, divided
from cep.connectors.kafka.repartition.topics import TAKEN, repartition_topic
from cep.runtime.wiring import Wiring

SECONDS = 10.0
"""How long the cluster may take to tell of its topics, each time it is asked."""

LARGEST = 1_000_000
"""Bytes of a record that librdkafka takes unless `message.max.bytes` says otherwise."""

CHANGELOG_SETTINGS = {"cleanup.policy": "compact", "max.message.bytes": "10485760"}
"""What a changelog is made with: the last of each part is kept, and a part may be large."""

NEW_STATE = "partitions of an input were added: keys have moved; name a new `state: {topic: …}` and a new `group.id`"
"""What a job can do whose shards are others than those of its state."""


@dataclass(frozen=True, slots=True)
class Topology:
    """Input topics with their number of partitions; the one that leads; the topic that holds the state; groups of rules
    whose events go through topics of their own.

    Shards are numbered: those that sources feed as the partitions of the lead topic, behind them those of each group.
    """

    partitions: Mapping[str, int]
    lead: str
    changelog: str
    groups: tuple[Group, ...] = ()

    @property
    def shards(self) -> int:
        """How many shards the sources feed; as many are of each group."""
        return self.partitions[self.lead]

    @property
    def numbers(self) -> range:
        """All shards."""
        return range(self.shards * (1 + len(self.groups)))

    def owned_with(self, partition: int) -> list[int]:
        """The shards of who owns this partition of the topic that leads."""
        return list(self.numbers[partition :: self.shards])

    def group(self, shard: int) -> tuple[Group, int]:
        """The group of a shard behind those that sources feed, and the partition of its topic."""
        of, number = divmod(shard, self.shards)
        return self.groups[of - 1], number

    def places(self, shard: int) -> tuple[Place, ...]:
        """The partitions that feed a shard."""
        if shard >= self.shards:
            of, home = self.group(shard)
            return ((of.topic, home),)
        return tuple((topic, shard) for topic, number in self.partitions.items() if shard < number)

    def changelog_of(self, shard: int) -> Place:
        """The partition that holds the state of a shard."""
        if shard >= self.shards:
            of, home = self.group(shard)
            return of.changelog, home
        return self.changelog, shard

    def shard_of(self, place: Place) -> int:
        """The shard that a partition feeds."""
        for index, of in enumerate(self.groups, start=1):
            if of.topic == place[0]:
                return index * self.shards + place[1]
        return place[1]

    def grown(self, topic: str, number: int) -> ConnectorFailure:
        """What there is to say of a partition that the topic did not have when the run began: keys have moved, so that
        those of one key do not meet in one shard any more."""
        message = f"`{topic}` has a partition {number} now, and the job has {self.shards} shards"
        return ConnectorFailure("C0316", message, NEW_STATE, topic)


def changelog_topic(job: Job) -> str:
    """The topic that holds a job's state."""
    assert job.kafka is not None
    return job.kafka.changelog or f"{job.name}{CHANGELOG}"


def surveyed(admin: Admin, job: Job, wiring: Wiring) -> tuple[Topology, Wiring]:
    """Look at the job's topics, and make those of its own that are not there yet. The rules that run where their topics
    are read are the second; the others are in groups of the topology.

    Raises `ConfigurationError` for topics that are not there or do not go together, `KafkaFailure`."""
    kafka = job.kafka
    assert kafka is not None
    topics = {source.name: source.topic for source in kafka.sources}
    names = [*topics.values(), *(sink.topic for sink in kafka.sinks.values())]
    found = admin.topics(names, SECONDS)
    for name in names:
        if name not in found:
            fix = "make it, or correct its name; a run makes no topics but its changelog"
            raise ConfigurationError("C0290", f"the topic `{name}` is not there", fix, name)
    partitions = {topic: found[topic].partitions for topic in topics.values()}
    _check_starts(kafka, partitions)
    changelog = changelog_topic(job)
    by_source = {source.name: partitions[source.topic] for source in kafka.sources}
    division = divided(job, wiring, by_source, changelog.removesuffix(CHANGELOG), _largest(kafka))
    _check_together(division.direct, topics, partitions)
    lead = max(partitions, key=lambda topic: partitions[topic])
    _changelog(admin, kafka, changelog, partitions[lead])
    for group in division.groups:
        repartition_topic(admin, group, partitions[lead])
        _changelog(admin, kafka, group.changelog, partitions[lead])
    return Topology(partitions, lead, changelog, division.groups), division.direct


def rearranged(job: Job, wiring: Wiring, topology: Topology) -> tuple[Topology, Wiring]:
    """Other rules over topics that are known, as `surveyed` gives them.

    Raises `ConfigurationError` where other topics between shards were needed."""
    kafka = job.kafka
    assert kafka is not None
    partitions = {source.name: topology.partitions[source.topic] for source in kafka.sources}
    base = changelog_topic(job).removesuffix(CHANGELOG)
    division = divided(job, wiring, partitions, base, _largest(kafka))
    now, then = ({group.topic: group for group in groups} for groups in (topology.groups, division.groups))
    if changed := sorted(now.keys() ^ then.keys()):
        rules = ", ".join((now | then)[changed[0]].rules)
        message = f"the topic `{changed[0]}`, through which the events of {rules} go, can neither come nor go"
        fix = "stop all workers, and start them with the new rules"
        raise ConfigurationError("C0269", f"{message} while a job runs", fix, changed[0])
    _check_together(division.direct, {source.name: source.topic for source in kafka.sources}, topology.partitions)
    return replace(topology, groups=tuple(then[group.topic] for group in topology.groups)), division.direct


def _check_starts(kafka: KafkaPart, partitions: Mapping[str, int]) -> None:
    """Partitions that `start` names are there."""
    for source in kafka.sources:
        named = source.start if isinstance(source.start, Mapping) else {}
        if beyond := sorted(number for number in named if number >= partitions[source.topic]):
            message = f"`start` of `{source.name}` names partition {beyond[0]}, and `{source.topic}` has "
            message += f"{partitions[source.topic]}, counted from 0"
            raise ConfigurationError("C0245", message, "leave it out", source.name)


def _check_together(wiring: Wiring, topics: Mapping[str, str], partitions: Mapping[str, int]) -> None:
    """Topics that rules read together have as many partitions."""
    for lane in wiring.lanes:
        read = [topics[source] for source in lane.sources]
        counts = {partitions[topic] for topic in read}
        if len(counts) > 1:
            told = ", ".join(f"`{topic}` has {partitions[topic]}" for topic in read)
            message = f"rule `{lane.rules[0]}` reads topics with different numbers of partitions: {told}"
            fix = "give them the same number, with the same key and partitioner, so that a key's events meet; or say "
            fix += "`key: []` in their sources: the events of such rules then go through a topic of the job's own"
            raise ConfigurationError("C0291", message, fix, read[0])


def _largest(kafka: KafkaPart) -> int:
    """Bytes of a record that a producer takes, and the topics between shards."""
    text = kafka.settings.get("message.max.bytes", "")
    return min(int(text), TAKEN) if text.isdecimal() else LARGEST


def _changelog(admin: Admin, kafka: KafkaPart, topic: str, shards: int) -> None:
    """See that the changelog is there, has a partition for each shard, and is compacted."""
    present = _present(admin, topic)
    if present is None:
        admin.create(TopicInfo(topic, shards, CHANGELOG_SETTINGS), SECONDS)
        present = _present(admin, topic) or TopicInfo(topic, shards, CHANGELOG_SETTINGS)
    if present.partitions != shards:
        message = f"the changelog `{topic}` has {present.partitions} partitions, and the job has {shards} shards"
        raise ConfigurationError("C0292", message, NEW_STATE, topic)
    policy = present.settings.get("cleanup.policy", "compact")
    if "compact" not in policy or "delete" in policy:
        message = f"the changelog `{topic}` has `cleanup.policy={policy}`, under which state is lost"
        raise ConfigurationError("C0293", message, "set `cleanup.policy=compact`", topic)


def _present(admin: Admin, topic: str) -> TopicInfo | None:
    return admin.topics([topic], SECONDS, ("cleanup.policy",)).get(topic)


def told(failure: KafkaFailure, servers: str) -> ConfigurationError:
    """A failure before anything has run, as the caller's to mend."""
    fix = "see that the brokers can be reached, and that `kafka:` in the job file is right"
    return ConfigurationError("C0294", f"the cluster cannot be used: {failure.message} ({failure.code})", fix, servers)
