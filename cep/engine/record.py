"""The record: one event as the matcher sees it.

A plain tuple, since sorting tuples is the cheapest way to order events and most events move no run:

`(time, order, topic, partition, offset, event, data, raw)`

- `time`: event time, int microseconds.
- `order`: the `order by` values in comparable form, `()` for a type without `order by` (sorts first).
- `topic`, `partition`, `offset`: coordinates; unique, so that comparison never reaches the data. A file is a topic
  named by its source, partition 0, offset = line number.
- `event`: index of the event type in `Plan.events`.
- `data`: the decoded fields, an object with one attribute per declared field (`plan.attributes.attribute`), nested
  records likewise.
- `raw`: the bytes as received, for evidence and snapshots.
"""

from __future__ import annotations

from typing import Any

Record = tuple[int, tuple[Any, ...], str, int, int, int, Any, bytes]

TIME, ORDER, TOPIC, PARTITION, OFFSET, EVENT, DATA, RAW = range(8)
