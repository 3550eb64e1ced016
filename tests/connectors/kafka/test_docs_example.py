"""The job with Avro records that the documentation shows, over records of confluent-kafka's serializer."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tests.connectors.formats.loopback_registry import LoopbackRegistry
from tests.connectors.kafka.test_formats import LOGIN, ORDER, START, serialized
from tests.connectors.kafka.topic_job import TopicJob

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
MERCHANT: dict[str, Any] = {"type": "record", "name": "Merchant", "fields": [{"name": "country", "type": "string"}]}
CARD_AUTH: dict[str, Any] = {
    **ORDER,
    "name": "CardAuth",
    "fields": [
        ORDER["fields"][0],
        {**ORDER["fields"][1], "name": "amount"},
        ORDER["fields"][2],
        {"name": "merchant", "type": ["null", MERCHANT]},
    ],
}


def block(language: str, file: str) -> str:
    """A block of the page."""
    found = re.search(rf"```{language} file={file}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_job_on_the_page(registry: LoopbackRegistry) -> None:
    shown = yaml.safe_load(block("yaml", "cards.yaml").replace("${REGISTRY_USER}", "me:secret"))
    kept = {key: shown[key] for key in ("kafka", "schema_registry", "sources")}
    job = TopicJob(block("pattern", "cards.pattern"), yaml.safe_dump(kept), registry)
    topic = "card.events"
    job.write(topic, serialized(registry, LOGIN, card="c", at=START))
    job.write(topic, serialized(registry, CARD_AUTH, card="c", amount=Decimal("500.00"), at=START + 1, merchant=None))
    abroad = {"country": "FR"}
    job.write(topic, serialized(registry, CARD_AUTH, card="c", amount=Decimal("700.10"), at=START + 2, merchant=abroad))
    job.write(topic, b"no record")
    found = job.run()
    assert [dead["place"] for dead in found["dead_letters"]] == ["card.events/0/3"]
    assert [alert["fields"] for alert in found["alerts"]] == [{"card": "c", "amount": 700.10, "country": "FR"}]
