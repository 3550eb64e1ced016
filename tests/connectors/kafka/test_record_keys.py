"""Which rules find all events of a key in one partition."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cep.connectors.declared_sources import declare_sources
from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import Job, KafkaPart, TopicSource, Written
from cep.connectors.kafka.repartition.keys import RecordKeys, keyed_rules
from cep.language.diagnostics import CheckFailed
from cep.language.load import load_text
from cep.runtime.wiring import wire

EVENTS = """\
event Pay { card: string  shop: string?  by: int  at: timestamp } time at
event Login { card: string  user: int  at: timestamp } time at
"""
RULES = {
    "card": "match by card within 1m p: Pay then q: Pay",
    "shop": "match by shop within 1m p: Pay then q: Pay",
    "both": "match by card, shop within 1m p: Pay then q: Pay",
    "two": "match by card within 1m p: Pay then l: Login",
    "user": "match by card within 1m p: Pay by by then l: Login by user",
    "crossed": "match by card within 1m p: Pay then q: Pay by shop",
    "one": "match p: Pay where by > 3",
    "all": "match within 1m p: Pay then q: Pay",
    "calm": "match p: Pay where by > 3 suppress for 1m",
}
Keys = Mapping[str, tuple[str, ...] | None]


def held(rules: list[str], keys: Keys, partitions: Mapping[str, int]) -> set[str]:
    """Of these rules those that need no detour."""
    text = EVENTS + "\n".join(f"rule {name} {{ {RULES[name]} }}" for name in rules)
    sources = tuple(
        TopicSource(event, event.lower(), event, key=None if of is None else tuple(Written(field) for field in of))
        for event, of in keys.items()
    )
    job = Job("job", (), (), kafka=KafkaPart(sources=sources))
    loaded = load_text(text)
    wiring = wire(loaded, declare_sources(job, loaded))
    record_keys = RecordKeys(job, wiring, partitions)
    return {of.rule.name for of in keyed_rules(wiring) if record_keys.hold(of)}


MANY = {"Pay": 4, "Login": 4}
UNSAID: Keys = {"Pay": None, "Login": None}
CARD: Keys = {"Pay": ("card",), "Login": ("card",)}


@pytest.mark.parametrize(
    ("rules", "keys", "partitions", "expected"),
    [
        (["card", "two"], UNSAID, MANY, {"card", "two"}),
        (["user"], UNSAID, MANY, {"user"}),
        (["card", "one"], UNSAID, MANY, {"card", "one"}),
        (["all", "card"], UNSAID, MANY, {"card"}),
        (["all", "calm"], UNSAID, MANY, set()),
        (["card", "shop", "both", "two"], CARD, MANY, {"card", "both", "two"}),
        (["card", "both"], {"Pay": ("card", "shop"), "Login": None}, MANY, {"both"}),
        (["card", "one"], {"Pay": (), "Login": None}, MANY, {"one"}),
        (["two"], {"Pay": ("card",), "Login": ("user",)}, MANY, set()),
        (["crossed"], {"Pay": ("card",), "Login": None}, MANY, set()),
        (["card", "shop", "all", "crossed"], UNSAID, {"Pay": 1, "Login": 4}, {"card", "shop", "all", "crossed"}),
    ],
)
def test_which_rules_need_no_detour(
    rules: list[str], keys: Keys, partitions: Mapping[str, int], expected: set[str]
) -> None:
    assert held(rules, keys, partitions) == expected


@pytest.mark.parametrize(
    ("rules", "told"),
    [(["card", "shop"], "`card` by card, `shop` by shop"), (["crossed"], "`crossed` by card and shop")],
)
def test_a_key_that_rules_do_not_agree_on_has_to_be_said(rules: list[str], told: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        held(rules, UNSAID, MANY)
    assert raised.value.code == "C0275"
    assert told in raised.value.message
    assert "`key: card`" in raised.value.fix


def test_a_field_that_no_event_has_is_no_record_key() -> None:
    with pytest.raises(CheckFailed, match="no event of source `Pay` has a field `crad`"):
        held(["card"], {"Pay": ("crad",), "Login": None}, MANY)
