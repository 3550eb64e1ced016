"""Edits in words, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from cep.analysis.differences import Difference
from cep.analysis.literals import span_text
from cep.analysis.wording import Names, expression_text
from cep.language.model import Emit, OnTimeout
from cep.plan.edits.verdict import ADDED, REMOVED, Edit, Verdict

_SPANS = ("span", "gap", "lateness", "idle", "`suppress`")
"""How the kinds of edit begin whose values are spans."""
_REACHED = "if an open partial match has reached what was edited"


def render_text(found: Iterable[Difference]) -> str:
    """All differences, a few lines each; nothing where there are none."""
    return "".join(f"{line}\n" for difference in found for line in _lines(difference))


def render_json(found: Iterable[Difference]) -> str:
    """The same as one JSON object."""
    return json.dumps({"version": 1, "rules": [_plain(difference) for difference in found]}) + "\n"


def _lines(found: Difference) -> Iterator[str]:
    yield f"{found.rule}{_versions(found)}"
    for edit in found.edits:
        yield f"  {sentence(edit)}"
    yield f"  -> {verdict_text(found)}"


def _versions(found: Difference) -> str:
    if found.generation is not None:
        return f" (old version {found.before}, not finished)"
    if found.before is None:
        return " (new)"
    if found.after is None or found.before == found.after:
        return ""
    return f" (version {found.before} to {found.after})"


def verdict_text(found: Difference) -> str:
    """The verdict, with what it touches."""
    text = str(found.verdict)
    if found.reached is not None:
        text += f"; {found.reached} {_REACHED}"
    if found.open is not None:
        text += f", {found.open:,} open partial match{'' if found.open == 1 else 'es'}"
    if found.waiting:
        text += f", {found.waiting:,} key{'' if found.waiting == 1 else 's'} with events held"
    return f"{text} ({found.note})" if found.note else text


def sentence(edit: Edit) -> str:
    """One edit in words."""
    if edit.what in (ADDED, REMOVED):
        return edit.title
    before, after = value_text(edit, edit.before), value_text(edit, edit.after)
    if before is None and after is None:
        return edit.title if edit.what == "rule removed" else f"{edit.title} is another"
    if before == after:
        return f"{edit.title}: `{before}`, with other values"
    if before is None:
        return f"{edit.title}: `{after}`, where there was none"
    if after is None:
        return f"{edit.title}: none, where there was `{before}`"
    return f"{edit.title}: `{before}` is now `{after}`"


def value_text(edit: Edit, value: Any) -> str | None:
    """What was there before or after an edit."""
    if value is None or edit.what == "form" or (value == () and not edit.what.startswith("tags")):
        return None
    match value:
        case int() if edit.what.startswith(_SPANS):
            return span_text(value)
        case Emit():
            return _emit(value)
        case (OnTimeout(), *_):
            return "; ".join((f"at {of.at} " if of.at else "") + _emit(of.emit) for of in value)
        case tuple() | list():
            return ", ".join(_text(item) for item in value)
        case _:
            return _text(value)


def _emit(emit: Emit) -> str:
    return "{ " + ", ".join(f"{name}: {_text(value)}" for name, value in emit.fields) + " }"


def _text(value: Any) -> str:
    if hasattr(value, "span") and hasattr(value, "type"):
        return expression_text(value, Names())
    return str(value)


def _plain(found: Difference) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "before": found.before,
        "after": found.after,
        "verdict": found.verdict.value,
        "reached": _value(found.reached),
        "open": found.open,
        "waiting": found.waiting,
        "note": found.note,
        "generation": found.generation,
        "edits": [
            {
                "what": edit.what.strip("`"),
                "place": edit.place.strip("`"),
                "before": value_text(edit, edit.before),
                "after": value_text(edit, edit.after),
                "verdict": edit.verdict.value,
                "reached": _value(edit.reached),
                "text": sentence(edit),
            }
            for edit in found.edits
        ],
    }


def _value(verdict: Verdict | None) -> str | None:
    return None if verdict is None else verdict.value
