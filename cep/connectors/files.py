"""The sources of a job as feeds, and as the shard is told about them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from cep.connectors.compression import open_raw, open_standard_input, packing_of, unpack
from cep.connectors.declared_sources import declare_sources
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.job.model import COMMAND_LINE, FileSource, Job
from cep.connectors.lines import LineSplitter
from cep.connectors.parquet_feed import ParquetFeed
from cep.connectors.rows import row_encoder
from cep.connectors.text_feed import CsvFormat, LineFormat, TextFeed, pipe_of
from cep.language.model import EventType, RuleSet
from cep.runtime.source import Source

_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
_FORMATS = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet"}


@dataclass(frozen=True, slots=True)
class Input:
    """An open source: where its records come from, and what the shard is told about it."""

    feed: TextFeed | ParquetFeed
    source: Source


def open_inputs(job: Job, rules: RuleSet) -> list[Input]:
    """Open every source of the job, in its order.

    Raises `CheckFailed` or `ConfigurationError` when one cannot be used, `ConnectorFailure` when the start of one
    cannot be read; those opened before are closed then.
    """
    declared = declare_sources(job, rules)
    with ExitStack() as opened:
        inputs = []
        for spec, source in zip(job.sources, declared, strict=True):
            feed = open_feed(spec, source, rules.events)
            opened.callback(feed.close)
            inputs.append(Input(feed, _with_partitions(spec, source, feed, rules.events)))
        opened.pop_all()
    return inputs


def declared_anew(job: Job, rules: RuleSet, inputs: Sequence[Input]) -> list[Source]:
    """What a shard of other rules is told about sources that are being read. Raises `CheckFailed`."""
    declared = declare_sources(job, rules)
    return [replace(new, partitions=one.source.partitions) for new, one in zip(declared, inputs, strict=True)]


def open_feed(spec: FileSource, source: Source, events: Mapping[str, EventType]) -> TextFeed | ParquetFeed:
    """Open one source. Errors as `open_inputs`."""
    raw = open_standard_input() if spec.path is None else open_raw(spec.path, spec.shown)
    try:
        return _feed(spec, source, events, raw)
    except BaseException:
        raw.close()
        raise


def _feed(
    spec: FileSource, source: Source, events: Mapping[str, EventType], raw: io.BufferedReader
) -> TextFeed | ParquetFeed:
    kind = packing_of(raw, spec.shown)
    form = spec.format or _format_of(spec.path, kind)
    if form == "parquet":
        if spec.path is None:
            fix = "write it to a file first"
            raise ConfigurationError("C0110", "a Parquet file cannot be read from a pipe", fix, spec.shown)
        raw.close()
        return ParquetFeed(source, spec.path, events)
    pipe = pipe_of(raw, packed=kind != "plain")
    return TextFeed(source.name, unpack(raw, spec.shown), _line_format(spec, form, source, events), pipe)


def _format_of(path: Path | None, kind: str) -> str:
    if kind == "parquet":
        return "parquet"
    suffixes = [suffix.lower() for suffix in path.suffixes] if path else []
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return _FORMATS.get(suffixes[-1], "json") if suffixes else "json"


def _line_format(spec: FileSource, form: str, source: Source, events: Mapping[str, EventType]) -> LineFormat:
    if form == "json":
        return LineSplitter(spec.line_limit)
    tabbed = spec.path is not None and ".tsv" in (suffix.lower() for suffix in spec.path.suffixes)
    delimiter = spec.delimiter or ("\t" if tabbed else ",")
    return CsvFormat(spec.shown, delimiter, spec.line_limit, row_encoder(source, events))


def _with_partitions(
    spec: FileSource, source: Source, feed: TextFeed | ParquetFeed, events: Mapping[str, EventType]
) -> Source:
    """The source with its partitions: one that is only met later must hold the watermark back from the start."""
    if not feed.carries_coordinates or feed.live or spec.path is None:
        return source
    partitions: set[tuple[str, int]] = set()
    for places in _places(open_feed(spec, source, events)):
        partitions |= places
    return replace(source, partitions=tuple(sorted(partitions)))


def _places(feed: TextFeed | ParquetFeed) -> Iterator[set[tuple[str, int]]]:
    try:
        while (piece := feed.read()) is not None:
            yield {(chunk.topic, chunk.partition) for chunk in piece.chunks}
    except ConnectorFailure:
        return  # the run itself comes to the same place, and reports it with what was read before
    finally:
        feed.close()


def named_source(argument: str, type_field: str) -> FileSource:
    """The source of a `--from` option: `FILE`, `-`, or `Type=FILE`; `type_field` tells the type where none is given.

    It is called by the file's base name, which is part of the alerts' ids.
    """
    event, sign, text = argument.partition("=")
    if not (sign and text and event.replace(".", "_").isidentifier()):
        event, text = "", argument
    path = None if text == "-" else Path(text)
    name = "stdin" if path is None else path.name
    return FileSource(name, path, event or None, None if event else type_field, span=COMMAND_LINE)
