"""Durations written in words, apart, or without a unit."""

from __future__ import annotations

from collections.abc import Iterator

from cep.language.lexer import Token
from cep.language.literals import BadLiteral, parse_duration
from cep.language.trouble import Repair, Trouble

UNIT_WORDS = {
    word: unit
    for unit, words in {
        "ms": "ms msec msecs millis millisecond milliseconds",
        "s": "s sec secs second seconds",
        "m": "m min mins minute minutes",
        "h": "h hr hrs hour hours",
        "d": "d day days",
        "w": "w wk week weeks",
    }.items()
    for word in words.split()
}
"""The unit that is meant by a word after a number."""
CALENDAR_WORDS = frozenset({"month", "months", "mo", "year", "years", "y", "yr", "quarter", "quarters"})
"""Lengths that differ from one time to the next: the language has none of them."""


def calendar_length(text: str, unit: str) -> tuple[str, str]:
    """Message and fix for `3 months`."""
    return f"`{text}` has no fixed length", f"write days, such as `{'365d' if unit.startswith('y') else '30d'}`"


def spelt_out_duration(trouble: Trouble) -> Iterator[Repair]:
    """`5 minutes`, `1 hour 30 minutes`, `1h 30m`."""
    for index in (trouble.at, trouble.at - 1):
        end, written = _amounts(trouble, index)
        if end <= max(index + 1, trouble.at):
            continue
        shown = " ".join(trouble.text(n) for n in range(index, end))
        message, fix = f"`{shown}` is not how a duration is written", f"write `{written}`"
        last = trouble.text(end - 1).lower()
        if last in CALENDAR_WORDS:
            message, fix = calendar_length(shown, last)
        yield Repair(
            index,
            end,
            (_duration(trouble.tokens[index], written),),
            "E0105",
            message,
            trouble.span(index, end - 1),
            fix,
            whole=last not in CALENDAR_WORDS,
        )


def unit_missing(trouble: Trouble) -> Iterator[Repair]:
    """`within 5`, `within "5m"`."""
    token = trouble.token
    if "DURATION" not in trouble.expected:
        return
    if token.kind in ("INT", "DECIMAL"):
        message, fix = f"the duration `{token.text}` has no unit", f"write `{token.text}s`, `{token.text}m` or another"
        yield _instead(trouble, f"{token.text}s", message, fix, whole=False)
    elif token.kind == "STRING" and _is_duration(token.text[1:-1]):
        written = token.text[1:-1]
        yield _instead(trouble, written, "a duration has no quotes", f"write `{written}`", whole=True)


def _amounts(trouble: Trouble, start: int) -> tuple[int, str]:
    """How far a row of amounts and units goes, and the duration it means."""
    end, written = start, ""
    while 0 <= end < len(trouble.tokens):
        kind, unit = trouble.tokens[end].kind, trouble.text(end + 1).lower()
        if kind == "DURATION":
            written, end = written + trouble.text(end), end + 1
        elif kind in ("INT", "DECIMAL") and (unit in UNIT_WORDS or unit in CALENDAR_WORDS):
            written, end = f"{written}{trouble.text(end)}{UNIT_WORDS.get(unit, 'd')}", end + 2
        elif not (written and kind == "NAME" and trouble.text(end) == "and" and trouble.tokens[end + 1].kind == "INT"):
            break
        else:
            end += 1
    return end, written


def _instead(trouble: Trouble, written: str, message: str, fix: str, whole: bool) -> Repair:
    at = trouble.at
    token = _duration(trouble.token, written)
    return Repair(at, at + 1, (token,), "E0105", message, trouble.span(at), fix, whole=whole)


def _duration(token: Token, written: str) -> Token:
    return token._replace(kind="DURATION", text=written)


def _is_duration(text: str) -> bool:
    try:
        parse_duration(text)
    except BadLiteral:
        return False
    return True
