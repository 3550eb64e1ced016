"""Exported records of a file as a shard takes them: under their coordinates, read by the format of their topic."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from cep.connectors.coordinates import TopicRecords
from cep.connectors.errors import ConnectorFailure
from cep.connectors.export.envelope import Envelope, decode, is_envelope
from cep.connectors.formats.reading import TopicReader
from cep.connectors.kafka.intake import Decoded, part_of
from cep.connectors.kafka.port import Fetched
from cep.connectors.kafka.shard_run import chunk_of
from cep.connectors.lines import Rejected
from cep.runtime.source import Chunk

__all__ = ["ExportedRecords", "is_envelope"]

PATIENCE = 60.0
"""Seconds that a schema is waited for."""
PAUSE = 0.05
"""Seconds between two looks whether it is there."""


class ExportedRecords(TopicRecords):
    """Records of topics, each kept whole beside its coordinates. Tombstones say that there is nothing, which is no
    event: they are left out. They are JSON objects unless another format is told (`read_by`)."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._reader: TopicReader | None = None

    def read_by(self, reader: TopicReader) -> None:
        """Read their values by this from now on."""
        self._reader = reader

    def chunks(self, offsets: Sequence[int], raws: list[bytes]) -> tuple[list[Chunk], list[Rejected]]:
        """The records by partition, and lines that are none. Raises `ConnectorFailure` where a schema cannot be had."""
        found: dict[tuple[str, int], Fetched] = {}
        rejected: list[Rejected] = []
        for line, raw in zip(offsets, raws, strict=True):
            try:
                own = decode(raw)
                value = own.record()
            except (msgspec.DecodeError, ValueError, RecursionError) as error:
                rejected.append(self.without_coordinates(line, raw, error))
                continue
            place = own.topic, own.partition
            if (refused := self.out_of_order(line, raw, place, own.offset)) is not None:
                rejected.append(refused)
                continue
            _add(found.setdefault(place, Fetched(*place, headers=[])), own, value)
        chunks = [chunk_of(self._source, self._read(fetched), None) for fetched in found.values()]
        return [chunk for chunk in chunks if chunk.offsets], rejected

    def _read(self, fetched: Fetched) -> Fetched:
        reader = self._reader
        if reader is None:
            return fetched
        done = Decoded(fetched.topic, fetched.partition, fetched.offsets, fetched.keys, [], fetched.stamps)
        done.received = fetched.values
        end = time.monotonic() + PATIENCE
        while (count := len(done.values)) < len(fetched.offsets):
            rest = part_of(fetched, count, len(fetched.offsets))
            reading = reader.read(rest.values, rest.headers)
            done.refused |= {rest.offsets[index]: reason for index, reason in reading.refused.items()}
            done.values += reading.raws
            if (awaited := reading.awaited) is not None and not reading.raws:
                if time.monotonic() > end:
                    message = f"schema {awaited.number} cannot be had: {awaited.trouble or 'there is no answer'}"
                    raise ConnectorFailure("C0306", message, "see to the schema registry, and rerun", self._source)
                time.sleep(PAUSE)
        return done


def _add(fetched: Fetched, own: Envelope, value: bytes | None) -> None:
    fetched.offsets.append(own.offset)
    fetched.keys.append(None)
    fetched.values.append(value)
    fetched.stamps.append(own.timestamp * 1000)
    assert fetched.headers is not None
    fetched.headers.append(own.header_pairs())
