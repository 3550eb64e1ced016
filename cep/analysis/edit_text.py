"""Edits in words, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from cep.analysis.differences import Difference
from cep.analysis.literals import constant_text, span_text
from cep.analysis.wording import Names, expression_text
from cep.language.model import Emit, Guard, OnTimeout, Suppress
from cep.language.types import Type
from cep.plan.edits.settings import SettingEdit
from cep.plan.edits.verdict import (
    ADDED,
    GONE,
    MOVED_FROM,
    MOVED_TO,
    NAMINGS,
    REMOVED,
    RENAMED_FROM,
    RENAMED_TO,
    Edit,
    Verdict,
)

_SPANS = ("span", "gap", "lateness", "idle")
"""How the kinds of edit begin whose values are spans."""
_SHOWN, _LONGEST = 5, 60
"""How many elements of a list are told, and how many characters of each."""
_NAMING = {
    MOVED_TO: ": a rule is known by its module and name, so that state does not follow",
    RENAMED_TO: ": a rule is known by its name, so that state does not follow",
    MOVED_FROM: "",
    RENAMED_FROM: "",
}
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
    if found.open is not None and found.verdict is not Verdict.FRESH:
        text += f", {found.open:,} open partial match{'' if found.open == 1 else 'es'}"
    if found.waiting:
        text += f", {found.waiting:,} key{'' if found.waiting == 1 else 's'} with events held"
    return f"{text} ({found.note})" if found.note else text


def sentence(edit: Edit) -> str:
    """One edit in words."""
    if edit.what in (ADDED, REMOVED, GONE):
        return edit.title
    if edit.what in NAMINGS:
        return edit.title + _NAMING[edit.what]
    before, after = value_text(edit, edit.before), value_text(edit, edit.after)
    return "; ".join([_change(edit.title, before, after, bool(edit.settings)), *map(setting_text, edit.settings)])


def _change(title: str, before: str | None, after: str | None, by_settings: bool) -> str:
    if before == after:
        shown = "" if before is None else f": `{before}`"
        return title + shown + ("" if by_settings else f"{',' if shown else ''} means something else now")
    if before is None:
        return f"{title}: `{after}`, where there was none"
    if after is None:
        return f"{title}: none, where there was `{before}`"
    return f"{title}: `{before}` is now `{after}`"


def setting_text(edit: SettingEdit) -> str:
    """A param, list or function that is another, in words."""
    if edit.kind == "function" and edit.before == edit.after:
        return f"the code of function `{edit.name}` has changed"
    if edit.kind == "function":
        return f"function `{edit.name}`: `{edit.before}` is now `{edit.after}`"
    if edit.kind == "param":
        return f"param `{edit.name}`: {' is now '.join(f'`{text}`' for text in _both(edit))}"
    added, removed = elements_changed(edit)
    told = [_some(texts, word) for texts, word in ((added, "added"), (removed, "removed")) if texts]
    return f"list `{edit.name}`: {', '.join(told) or 'its values are repeated or in another order'}"


def _both(edit: SettingEdit) -> list[str]:
    return [constant_text(value, edit.type) for value in (edit.before, edit.after)]


def elements_changed(edit: SettingEdit) -> tuple[list[str], list[str]]:
    """The elements that a list has now and had not, and those that it had and has not, as literals."""
    before, after = (_literals(values, edit.type) for values in (edit.before, edit.after))
    return [text for text in after if text not in before], [text for text in before if text not in after]


def _literals(values: object, element: Type) -> dict[str, None]:
    return dict.fromkeys(constant_text(value, element) for value in values) if isinstance(values, tuple) else {}


def _some(texts: list[str], word: str) -> str:
    """The first few of a list's elements."""
    shown = ", ".join(f"`{_short(text)}`" for text in texts[:_SHOWN])
    more = f" and {len(texts) - _SHOWN:,} more" if len(texts) > _SHOWN else ""
    return f"{shown}{more} {word}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def value_text(edit: Edit, value: Any) -> str | None:
    """What was there before or after an edit."""
    if value is None or (value == () and not edit.what.startswith("tags")):
        return None
    match value:
        case int() if edit.what.startswith(_SPANS):
            return span_text(value)
        case Emit():
            return _emit(value)
        case (OnTimeout(), *_):
            return "; ".join((f"at {of.at} " if of.at else "") + _emit(of.emit) for of in value)
        case Guard():
            return value.event + ("" if value.where is None else f" where {_text(value.where)}")
        case Suppress():
            by = f" by {', '.join(map(_text, value.by))}" if value.by else ""
            return span_text(value.within) + by + (f" max {value.maximum}" if value.maximum != 1 else "")
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
                "settings": [_setting(setting) for setting in edit.settings],
                "text": sentence(edit),
            }
            for edit in found.edits
        ],
    }


def _setting(edit: SettingEdit) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": edit.kind, "name": edit.name}
    if edit.kind == "param":
        found |= dict(zip(("before", "after"), _both(edit), strict=True))
    if edit.kind == "list":
        found |= dict(zip(("added", "removed"), elements_changed(edit), strict=True))
    return found


def _value(verdict: Verdict | None) -> str | None:
    return None if verdict is None else verdict.value
