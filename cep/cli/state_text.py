"""Snapshots and what is open in them, written for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cep.analysis.open_state import OpenKey
from cep.runtime.snapshot_file import Snapshot
from cep.runtime.snapshot_store import Entry
from cep.runtime.timestamps import format_timestamp

_SHOWN = 20
"""How many partial matches of a key are written out."""


def entry_text(entry: Entry) -> str:
    """One snapshot on one line."""
    head = f"{entry.sequence:>6}  {entry.size:>12,} bytes"
    if not isinstance(entry.content, Snapshot):
        return f"{head}  {entry.content.message}"
    header = entry.content.header
    read = ", ".join(of.shown for of in header.read)
    return f"{head}  {format_timestamp(header.written)}  run {header.epoch}  {read}"


def key_lines(of: OpenKey) -> Iterator[str]:
    """What is open of one rule under one key."""
    key = ", ".join(f"{name} {value}" for name, value in of["key"].items())
    version = f" (old version {of['version']})" if "version" in of else ""
    yield f"{of['rule']}{version}, {key}: {_count(of['open'], 'partial match', 'es')} open"
    for match in of["partial_matches"][:_SHOWN]:
        ends = f", ends {match['ends']}" if match["ends"] else ""
        yield f"  waits for {' or '.join(match['waits_for'])}{ends}"
        for event in match["events"]:
            yield f"    {event['step']:<12} {_event(event)}"
    if len(of["partial_matches"]) > _SHOWN:
        yield f"  and {len(of['partial_matches']) - _SHOWN} more"
    if of["held"]:
        yield f"  {_count(len(of['held']), 'event')} held"
        for event in of["held"][:_SHOWN]:
            yield f"    {_event(event)}"


def _event(event: dict[str, Any]) -> str:
    return f"{event['type']} {event['source']} of {event['time']}"


def _count(count: int, noun: str, plural: str = "s") -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}{plural}"
