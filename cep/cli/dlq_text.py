"""Dead letters as text for people, and as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cep.connectors.dlq.grouping import Group
from cep.connectors.dlq.letters import Letter
from cep.runtime.timestamps import format_timestamp

SHOWN = 4_000
"""Characters of a record that are shown."""


def group_text(name: str, groups: Sequence[Group], rules: Mapping[str, Sequence[str]]) -> str:
    """The groups, one below the other."""
    total = sum(group.count for group in groups)
    lines = [f"{name}: {many(total, 'dead letter')} in {many(len(groups), 'group')}"]
    for group in groups:
        lines.append(f"{group.count:>8,}  {group.source}: {readable(group.reason)}")
        more = []
        if group.source in rules:
            more.append("read by " + ", ".join(rules[group.source]))
        if group.redacted:
            more.append(f"{group.redacted:,} redacted")
        if group.replayed:
            more.append(f"{group.replayed:,} replayed")
        if more:
            lines.append(f"          {'; '.join(more)}")
        lines.append(f"          first {_at(group.first)}, last {_at(group.last)}")
    return "\n".join(lines) + "\n"


def group_json(name: str, groups: Sequence[Group], rules: Mapping[str, Sequence[str]]) -> str:
    """The same for machines."""
    found = [
        {
            "source": group.source,
            "reason": group.reason,
            "count": group.count,
            "redacted": group.redacted,
            "replayed": group.replayed,
            "rules": list(rules.get(group.source, ())),
            "first": _place(group.first),
            "last": _place(group.last),
        }
        for group in groups
    ]
    return json.dumps({"version": 1, "dead_letters": name, "groups": found})


def letter_text(letter: Letter) -> str:
    """One letter: where its record lies, where the letter does, why, and what it holds."""
    written = "" if letter.stamp is None else f", {format_timestamp(letter.stamp)}"
    head = f"{letter.place}  (source {letter.source}; {letter.found}{written})"
    text = readable(letter.raw.decode("utf-8", "backslashreplace"))
    rest = f" … {len(text) - SHOWN:,} characters more" if len(text) > SHOWN else ""
    redacted = "\n  redacted: values are left out" if letter.redacted else ""
    return f"{head}\n  {readable(letter.reason)}{redacted}\n  {text[:SHOWN]}{rest}\n"


def letter_json(letter: Letter) -> str:
    """The same for machines, in one line; a record that is no text has its bytes as `\\xNN`."""
    return json.dumps(
        {
            "place": letter.place,
            "source": letter.source,
            "found": letter.found,
            "written": None if letter.stamp is None else format_timestamp(letter.stamp),
            "reason": letter.reason,
            "redacted": letter.redacted,
            "record": letter.raw.decode("utf-8", "backslashreplace"),
        },
        ensure_ascii=False,
    )


def many(number: int, word: str) -> str:
    """A number of things."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def readable(text: str) -> str:
    """Text without what would do something to a terminal."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _at(letter: Letter) -> str:
    return letter.place if letter.stamp is None else f"{format_timestamp(letter.stamp)} {letter.place}"


def _place(letter: Letter) -> dict[str, str | None]:
    return {
        "place": letter.place,
        "found": letter.found,
        "written": None if letter.stamp is None else format_timestamp(letter.stamp),
    }
