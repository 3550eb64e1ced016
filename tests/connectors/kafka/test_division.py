"""Rules divided into those that run where their topics are read, and groups at the homes of their keys; and the topics
of these."""

from __future__ import annotations

import pytest

from cep.connectors.declared_sources import declare_sources
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import Job, KafkaPart, TopicSource, Written
from cep.connectors.kafka.repartition.topics import SETTINGS
from cep.connectors.kafka.topology import Topology, rearranged, surveyed
from cep.language.load import load_text
from cep.runtime.wiring import Wiring, wire
from cep.testing.simulated_kafka import SimulatedKafka

RULES = """\
event Pay { card: string  shop: string  total: int  at: timestamp } time at
event Login { card: string  at: timestamp } time at
rule by_card { match by card within 1m  p: Pay then q: Pay }
rule by_shop { match by shop within 1m  p: Pay then q: Pay }
rule shops { match by shop within 2m  p: Pay then q: Pay where total > 3 }
rule both { match by card within 1m  p: Pay then l: Login }
"""
TOPICS = {"Pay": "pay", "Login": "login"}


def surveying(
    cluster: SimulatedKafka, keys: dict[str, tuple[str, ...] | None], text: str = RULES, changelog: str | None = None
) -> tuple[Topology, Wiring]:
    """What a start of the job finds and makes."""
    sources = tuple(
        TopicSource(event, topic, event, key=None if (key := keys[event]) is None else tuple(map(Written, key)))
        for event, topic in TOPICS.items()
    )
    job = Job("cards", (), (), kafka=KafkaPart(sources=sources, changelog=changelog))
    rules = load_text(text)
    return surveyed(cluster.process("a").admin({}), job, wire(rules, declare_sources(job, rules)))


def a_cluster(pay: int = 4, login: int = 4) -> SimulatedKafka:
    """One with the inputs."""
    cluster = SimulatedKafka(1)
    cluster.create("pay", pay)
    cluster.create("login", login)
    return cluster


def test_topics_of_groups_are_made_once_and_named_by_key_and_sources() -> None:
    cluster = a_cluster()
    topology, direct = surveying(cluster, {"Pay": ("card",), "Login": ("card",)})
    (group,) = topology.groups
    assert group.rules == ("by_shop", "shops")
    assert [name for lane in direct.lanes for name in lane.rules] == ["by_card", "both"]
    assert group.topic.startswith("cards-repartition-shop-")
    assert dict(cluster.topics[group.topic].settings) | SETTINGS == dict(cluster.topics[group.topic].settings)
    assert len(cluster.topics[group.topic].logs) == len(cluster.topics[group.changelog].logs) == 4
    assert topology.numbers == range(8)
    assert topology.owned_with(1) == [1, 5]
    assert topology.places(5) == ((group.topic, 1),) and topology.shard_of((group.topic, 1)) == 5
    assert topology.changelog_of(5) == (group.changelog, 1)
    again, _ = surveying(cluster, {"Pay": ("card",), "Login": ("card",)})
    assert again.groups[0].topic == group.topic
    without = RULES.replace("rule by_shop {", "rule by_shop { mode off ")
    fewer, _ = surveying(cluster, {"Pay": ("card",), "Login": ("card",)}, without)
    assert fewer.groups[0].topic == group.topic and fewer.groups[0].rules == ("shops",)
    other, _ = surveying(cluster, {"Pay": ("card",), "Login": ("card",)}, changelog="new-changelog")
    assert other.groups[0].topic == group.topic.replace("cards-", "new-")


def test_topics_with_other_numbers_of_partitions_meet_where_no_key_is_trusted() -> None:
    cluster = a_cluster(4, 3)
    with pytest.raises(ConfigurationError) as raised:
        surveying(cluster, {"Pay": ("card",), "Login": ("card",)})
    assert raised.value.code == "C0291" and "`key: []`" in raised.value.fix
    topology, direct = surveying(cluster, {"Pay": (), "Login": ()})
    assert direct.lanes == ()
    assert {group.rules for group in topology.groups} == {("by_card",), ("by_shop", "shops"), ("both",)}
    assert next(group for group in topology.groups if group.rules == ("both",)).places == (
        *(("pay", number) for number in range(4)),
        *(("login", number) for number in range(3)),
    )


def test_one_partition_needs_no_detour() -> None:
    topology, direct = surveying(a_cluster(1, 1), {"Pay": None, "Login": None})
    assert topology.groups == ()
    assert [name for lane in direct.lanes for name in lane.rules] == ["by_card", "by_shop", "shops", "both"]


@pytest.mark.parametrize(
    ("settings", "partitions", "code"),
    [({}, 4, "C0279"), ({**SETTINGS, "cleanup.policy": "compact"}, 4, "C0279"), (SETTINGS, 3, "C0278")],
)
def test_a_topic_between_shards_has_to_keep_everything(settings: dict[str, str], partitions: int, code: str) -> None:
    cluster = a_cluster()
    topology, _ = surveying(a_cluster(), {"Pay": ("card",), "Login": ("card",)})
    cluster.create(topology.groups[0].topic, partitions, settings)
    with pytest.raises(ConfigurationError) as raised:
        surveying(cluster, {"Pay": ("card",), "Login": ("card",)})
    assert raised.value.code == code


def test_rules_of_a_group_change_under_way_and_no_topic_comes_or_goes() -> None:
    topology, _ = surveying(a_cluster(), {"Pay": ("card",), "Login": ("card",)})

    def changed(text: str) -> Topology:
        sources = tuple(TopicSource(event, topic, event, key=(Written("card"),)) for event, topic in TOPICS.items())
        job = Job("cards", (), (), kafka=KafkaPart(sources=sources))
        rules = load_text(text)
        return rearranged(job, wire(rules, declare_sources(job, rules)), topology)[0]

    after = changed(RULES.replace("within 2m", "within 3m"))
    assert [group.topic for group in after.groups] == [group.topic for group in topology.groups]
    assert after.groups != topology.groups
    for text in (
        RULES + "rule all { match within 1m  p: Pay then q: Pay }",
        RULES.replace("match by shop", "match by card"),
    ):
        with pytest.raises(ConfigurationError) as raised:
            changed(text)
        assert raised.value.code == "C0269" and "can neither come nor go" in raised.value.message
