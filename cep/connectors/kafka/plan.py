"""Everything a worker of a job is made from, known before it joins the group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cep.connectors.formats.reading import TopicReader
from cep.connectors.job.model import Guarantee, Job
from cep.connectors.kafka.properties import CONSUMERS, FIXED, LONGEST, PRODUCERS, SPARE
from cep.connectors.kafka.topology import Topology
from cep.engine.values import Values
from cep.language.model import FunctionInfo
from cep.runtime.redaction import Name
from cep.runtime.wiring import Wiring


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """`instance` names the worker among those of the job: the same after a restart, and no other's. `find` gives
    Python functions that only old versions of rules call; `allow_reset` as for `Shard.restore`."""

    job: Job
    wiring: Wiring
    values: Values
    topology: Topology
    instance: str
    find: Callable[[FunctionInfo], Callable[..., object]] | None = None
    allow_reset: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)
    """Source names by topic."""
    readers: Mapping[str, TopicReader] = field(default_factory=dict)
    """How records are read, by topic; those of other topics are JSON objects."""
    redact: tuple[Name, ...] = ()
    """Fields that are left out of what is written of events."""
    allow_loss: bool = False
    """Whether to go on where records were deleted before they were read."""

    @property
    def guarantee(self) -> Guarantee:
        """What becomes of alerts when the run breaks off."""
        assert self.job.kafka is not None
        return self.job.kafka.guarantee

    @property
    def wirings(self) -> tuple[Wiring, ...]:
        """The rules that run where their topics are read, and those of the groups."""
        return (self.wiring, *(group.wiring for group in self.topology.groups))

    @property
    def whole(self) -> Wiring:
        """All of them together, for who counts by rule."""
        rules = tuple(rule for wiring in self.wirings for rule in wiring.rules.rules)
        lanes = tuple(lane for wiring in self.wirings for lane in wiring.lanes)
        return replace(self.wiring, lanes=lanes, rules=replace(self.wiring.rules, rules=rules))

    @property
    def reads_headers(self) -> bool:
        """Whether headers tell the types of records."""
        return any(reader.type_header is not None for reader in self.readers.values())

    @property
    def commit(self) -> float:
        """Seconds between two commits."""
        assert self.job.kafka is not None
        return self.job.kafka.commit / 1_000_000

    @property
    def outputs(self) -> list[str]:
        """The topics that outputs go to."""
        assert self.job.kafka is not None
        return [sink.topic for sink in self.job.kafka.sinks.values()]

    @property
    def ahead(self) -> int:
        """How far partitions may run ahead of each other, microseconds of event time."""
        assert self.job.kafka is not None
        return self.job.kafka.align

    @property
    def properties(self) -> dict[str, str]:
        """librdkafka's properties, for all clients."""
        assert self.job.kafka is not None
        return self.job.kafka.settings


SESSION = 45.0
"""Seconds: librdkafka's `session.timeout.ms` where a job does not say it, and the brokers' own under KIP-848."""
_STRATEGY = "partition.assignment.strategy"


def by_arrival(plan: WorkerPlan) -> bool:
    """Whether rules go by the time at which records arrive."""
    return any(lane.kind == "arrival" for wiring in plan.wirings for lane in wiring.lanes)


GROUP_ONLY = (
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.remote.assignor",
    _STRATEGY,
)
"""Properties that only the consumer in the group has."""
PRODUCER_ONLY = ("transactional.id", "transaction.timeout.ms")
"""Properties that only the producer of transactions has."""


def group_settings(plan: WorkerPlan) -> dict[str, str]:
    """The settings of the consumer that is a member of the group."""
    found = {key: value for key, value in plan.properties.items() if key not in PRODUCERS}
    found.setdefault("group.id", plan.job.name)
    if found.get("group.protocol", "classic") == "classic":
        found.setdefault(_STRATEGY, FIXED[_STRATEGY].value)
    return found


def session_of(plan: WorkerPlan) -> float:
    """Seconds after which a member of the group that gives no sign of life has lost its share."""
    told = plan.properties.get("session.timeout.ms", "")
    return int(told) / 1000 if told.isdecimal() else SESSION


def reader_settings(plan: WorkerPlan) -> dict[str, str]:
    """The settings of the consumer that reads changelogs: it is in no group, though one has to be named."""
    found = {key: value for key, value in plan.properties.items() if key not in GROUP_ONLY and key not in PRODUCERS}
    return {**found, "group.id": f"{plan.job.name}-restore"}


def transaction_settings(plan: WorkerPlan) -> dict[str, str]:
    """The settings of the producer whose transactions hold the state."""
    found = {key: value for key, value in plan.properties.items() if key not in CONSUMERS}
    found.setdefault("transactional.id", f"{plan.job.name}-{plan.instance}")
    found.setdefault("transaction.timeout.ms", str(_transaction_timeout(plan)))
    return found


def writer_settings(plan: WorkerPlan) -> dict[str, str]:
    """The settings of a producer that just writes."""
    return {key: value for key, value in plan.properties.items() if key not in (*CONSUMERS, *PRODUCER_ONLY)}


def _transaction_timeout(plan: WorkerPlan) -> int:
    """Milliseconds. A transaction with outputs is open from one commit to the next, and one that lives too long is
    given up by the broker."""
    open_for = round(plan.commit * 1000) if plan.guarantee == "exactly_once" else 0
    return min(SPARE + open_for, LONGEST)


def longest_open(settings: Mapping[str, str]) -> float:
    """Seconds that the brokers let a transaction of a producer with these settings be open."""
    told = settings["transaction.timeout.ms"]
    # what is no number is refused by the client
    return int(told) / 1000 if told.isdecimal() else 0.0


def admin_settings(properties: Mapping[str, str]) -> dict[str, str]:
    """The settings of a client that only looks at topics."""
    return {key: value for key, value in properties.items() if key not in CONSUMERS and key not in PRODUCERS}


def common_settings(properties: Mapping[str, str]) -> dict[str, str]:
    """The settings of clients that are in no group and in no transaction, and read or write."""
    return {key: value for key, value in properties.items() if key not in (*GROUP_ONLY, *PRODUCER_ONLY)}


def for_reading(settings: Mapping[str, str]) -> dict[str, str]:
    """Those of some settings that a client which reads knows: it warns of each other one."""
    return {key: value for key, value in settings.items() if key not in PRODUCERS}


def for_writing(settings: Mapping[str, str]) -> dict[str, str]:
    """Those of some settings that a client which writes knows."""
    return {key: value for key, value in settings.items() if key not in CONSUMERS}
