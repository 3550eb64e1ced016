"""Text that is no token: foreign quotes and operators, glued numbers, strings without an end, stray characters.

These are told apart before parsing, as they are slips wherever they stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from cep.language.lexer import UNKNOWN, WORD, Token
from cep.language.literals import BadLiteral, parse_timestamp
from cep.language.notes import Notes
from cep.language.slips.durations import CALENDAR_WORDS, UNIT_WORDS, calendar_length

OPERATORS = {
    "&&": ("_AND", "and"),
    "&": ("_AND", "and"),
    "!": ("NOT", "not"),
    "<>": ("UNEQUAL", "!="),
}
"""Operators of other languages: their terminal here, and how it is written."""
_FOREIGN = {
    "%": ("SLASH", "/", "write `mod(a, b)` for a remainder"),
    "^": ("STAR", "*", "write `pow(a, b)` for a power"),
    "~": ("LIKE", "matches", "write `matches` before a regular expression"),
}
"""Operators without a counterpart: one to read on with, and what to write instead."""
_NEEDLESS = {";": "leave it out: lines need no end mark", "$": "write the name alone"}
_PEELED = {"}": "RBRACE", ")": "RPAR", "]": "RSQB", ",": "COMMA"}
_GLUED_UNIT = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?)([A-Za-z]+)")
_UNFINISHED_DURATION = re.compile(r"((?:[0-9]+(?:ms|[smhdw]))+)[0-9]+")
_GLUED_NUMBER = re.compile(r"([0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?%?)(_*[A-Za-z].*)")
_NEXT_UNIT = {"w": "d", "d": "h", "h": "m", "m": "s", "s": "ms", "ms": "ms"}

_Mended = tuple[list[Token], bool]
"""The tokens to read instead, and whether they say all that was meant."""


def mend_characters(tokens: list[Token], notes: Notes) -> tuple[list[Token], list[Token]] | None:
    """The tokens without unknown ones, each of which is noted, and those whose meaning was lost on the way. None where
    there are so many that the text is no rule file."""
    mended: list[Token] = []
    lost: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if notes.full:
            notes.give_up(token.span(notes.file))
            return None
        index += 1
        if token.kind == UNKNOWN:
            token, index = _joined(tokens, index, mended)
            instead, whole = _reader(token)(token, notes)
            mended.extend(instead)
            if not whole:
                # What is gone lies behind the word before it, to which it most likely belonged.
                lost.append(mended[-1] if mended else token)
        else:
            mended.append(token)
    return mended, lost


def _joined(tokens: list[Token], index: int, mended: list[Token]) -> tuple[Token, int]:
    """The unknown token before `index` with what hangs on to it, and the index after that: the rest of a word with
    letters such as ö, or a row of stray characters."""
    token = tokens[index - 1]
    kinds: tuple[str, ...] = ()
    if token.text[0].isalpha():
        kinds = (UNKNOWN, WORD, "INT")
        if mended and mended[-1].kind == WORD and mended[-1].end == token.start:
            head = mended.pop()
            token = head._replace(kind=UNKNOWN, text=head.text + token.text)
    elif _reader(token) is _stray and token.text not in _NEEDLESS:
        kinds = (UNKNOWN,)
    while tokens[index].kind in kinds and tokens[index].start == token.end and _same_sort(token, tokens[index]):
        token = token._replace(text=token.text + tokens[index].text)
        index += 1
    return token, index


def _same_sort(token: Token, following: Token) -> bool:
    if _is_foreign_word(token.text):
        return following.kind != UNKNOWN or following.text[0].isalpha()
    return _reader(following) is _stray and following.text not in _NEEDLESS and not following.text[0].isalpha()


def _is_foreign_word(text: str) -> bool:
    return not text.isascii() and text.replace("_", "a").isalnum() and not text[0].isdigit()


def _reader(token: Token) -> Callable[[Token, Notes], _Mended]:
    text = token.text
    if text[0] in "0123456789":
        return _number
    if text in OPERATORS:
        return _operator
    if text in _FOREIGN:
        return _foreign_operator
    if text[0] == '"':
        return _unclosed_string
    if text[0] in "'‘“„«":
        return _foreign_quotes
    if text[0] == "`":
        return _unclosed_name
    if text[0] == "@" and len(text) > 1:
        return _timestamp
    return _foreign_word if _is_foreign_word(text) else _stray


def _number(token: Token, notes: Notes) -> _Mended:
    text, shown, place = token.text, token.shown, token.span(notes.file)
    unit = _GLUED_UNIT.fullmatch(text)
    if unit and unit[2].lower() in UNIT_WORDS:
        written = unit[1] + UNIT_WORDS[unit[2].lower()]
        notes.error("E0105", f"`{shown}` is not how a duration is written", place, f"write `{written}`")
        return [token._replace(kind="DURATION", text=written)], True
    if unit and unit[2].lower() in CALENDAR_WORDS:
        message, fix = calendar_length(shown, unit[2].lower())
        notes.error("E0105", message, place, fix)
        return [token._replace(kind="DURATION", text=f"{unit[1]}d")], False
    unfinished = _UNFINISHED_DURATION.fullmatch(text)
    if unfinished:
        last = re.split(r"[0-9]+", unfinished[1])[-1]
        fix = f"write `{shown}{_NEXT_UNIT[last]}`"
        notes.error("E0108", f"the last number of `{shown}` has no unit", place, fix)
        return [token._replace(kind="DURATION", text=unfinished[1])], False
    glued = _GLUED_NUMBER.fullmatch(text)
    if glued:
        fix = "put a space between them, or a name that begins with a digit in back quotes"
        notes.error("E0108", f"in `{shown}` a number is glued to a word", place, fix)
        kind = "PERCENT" if glued[1].endswith("%") else "DECIMAL" if "." in glued[1] else "INT"
        return [token._replace(kind=kind, text=glued[1])], False
    notes.error("E0120", f"`{shown}` is not a number", place, "write a number such as `10`, `1_000.50` or `90%`")
    return [token._replace(kind="INT", text="0")], False


def _operator(token: Token, notes: Notes) -> _Mended:
    kind, written = OPERATORS[token.text]
    message = f"`{token.text}` is no operator of the language"
    notes.error("E0111", message, token.span(notes.file), f"write `{written}`")
    return [token._replace(kind=kind, text=written)], True


def _foreign_operator(token: Token, notes: Notes) -> _Mended:
    kind, written, fix = _FOREIGN[token.text]
    notes.error("E0111", f"`{token.text}` is no operator of the language", token.span(notes.file), fix)
    return [token._replace(kind=kind, text=written)], False


def _unclosed_string(token: Token, notes: Notes) -> _Mended:
    text = token.text.rstrip()
    peeled: list[Token] = []
    # Brackets and commas at the end of the line belong to the text around the string more often than to the string.
    while len(text) > 1 and text[-1] in _PEELED:
        mark = text[-1]
        start = token.start + len(text) - 1
        peeled.insert(0, Token(_PEELED[mark], mark, token.line, token.column + len(text) - 1, start))
        text = text[:-1].rstrip()
    notes.error("E0110", "this text has no closing quote", token.span(notes.file), 'write `"` at its end')
    inner = text[1:].replace("\\", "")
    return [token._replace(kind="STRING", text=f'"{inner}"'), *peeled], True


def _foreign_quotes(token: Token, notes: Notes) -> _Mended:
    inner = token.text[1:-1] if len(token.text) > 1 else ""
    written = '"' + inner.replace('"', '\\"') + '"'
    message = "text stands in straight double quotes"
    notes.error("E0104", message, token.span(notes.file), f"write `{written}`")
    return [token._replace(kind="STRING", text=written)], len(token.text) > 1


def _unclosed_name(token: Token, notes: Notes) -> _Mended:
    found = re.match(r"`+\s*([^\s:,(){}\[\]=<>`]*)", token.text)
    name = found[1] if found and found[1] else "name"
    notes.error("E0110", "this name has no closing back quote", token.span(notes.file), f"write `` `{name}` ``")
    return [token._replace(kind=WORD, text=f"`{name}`")], False


def _timestamp(token: Token, notes: Notes) -> _Mended:
    try:
        parse_timestamp(token.text)
    except BadLiteral as bad:
        notes.error("E0120", bad.message, token.span(notes.file), bad.fix)
    return [token._replace(kind="TIMESTAMP", text="@1970-01-01")], False


def _foreign_word(token: Token, notes: Notes) -> _Mended:
    message = f"`{token.shown}` has letters other than a to z"
    notes.error("E0112", message, token.span(notes.file), "put the name in back quotes")
    return [token._replace(kind=WORD, text=f"`{token.text}`")], True


def _stray(token: Token, notes: Notes) -> _Mended:
    text, place = token.text, token.span(notes.file)
    if text in _NEEDLESS:
        notes.error("E0112", f"`{text}` is not part of the language", place, _NEEDLESS[text])
        return [], True
    if not text.isprintable() or text.isspace():
        name = unicodedata.name(text[0], "control character").lower()
        notes.error(
            "E0112", f"an invisible character (U+{ord(text[0]):04X}, {name}) stands here", place, "leave it out"
        )
        return [], True
    notes.error("E0112", f"`{token.shown}` is not part of the language", place, "leave it out")
    return [], False
