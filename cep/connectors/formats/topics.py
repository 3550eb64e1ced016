"""How the records of a job's topics are read, by topic."""

from __future__ import annotations

from cep.connectors.formats.csv_record import CsvRecords
from cep.connectors.formats.json_record import JsonRecords
from cep.connectors.formats.reading import RecordFormat, TopicReader
from cep.connectors.job.model import Job, TopicSource
from cep.connectors.rows import row_encoder
from cep.runtime.wiring import Wiring


def topic_readers(job: Job, wiring: Wiring) -> dict[str, TopicReader]:
    """Readers by topic. A topic without one holds JSON objects that say all there is to say themselves."""
    assert job.kafka is not None
    readers: dict[str, TopicReader] = {}
    for spec in job.kafka.sources:
        if spec.format != "json" or spec.type_header is not None:
            readers[spec.topic] = TopicReader(_format(spec, wiring), spec.type_header)
    return readers


def _format(spec: TopicSource, wiring: Wiring) -> RecordFormat:
    if spec.format == "csv":
        encode = row_encoder(wiring.sources[spec.name], wiring.rules.events)
        return CsvRecords(spec.columns, spec.delimiter or ",", encode)
    return JsonRecords()
