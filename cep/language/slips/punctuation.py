"""Marks left out or one too many, and quotes in the wrong place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cep.language.lexer import END, WORD, Token
from cep.language.trouble import CLOSING, OPENING, Repair, Trouble

_MARKS = {"COLON": ":", "COMMA": ",", "LBRACE": "{", "LPAR": "(", "EQUAL": "=", "RPAR": ")", "MORETHAN": ">"}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def missing_mark(trouble: Trouble) -> Iterator[Repair]:
    """`id string` for a field, `emit { a: 1 b: 2 }`."""
    at = trouble.at
    marks = dict(_MARKS)
    if len(trouble.expected) == 1:
        marks |= {kind: word for kind in trouble.expected if (word := trouble.automaton.literal(kind))}
    for kind, mark in marks.items():
        # After a value, `>` and `(` would only begin another piece of the expression.
        if kind in trouble.expected and ("PLUS" not in trouble.expected or kind in ("COMMA", "RPAR")):
            yield Repair(
                at,
                at,
                (trouble.token._replace(kind=kind, text=mark),),
                "E0123",
                f"`{mark}` is missing before `{trouble.token.shown}`",
                trouble.span(at),
                f"write `{mark}` there",
                sure=False,
            )


def bare_fraction(trouble: Trouble) -> Iterator[Repair]:
    """`.5`: a fraction without a digit before its point."""
    at = trouble.at
    if trouble.token.text != "." or at + 1 >= len(trouble.tokens) or not trouble.text(at + 1).isdecimal():
        return
    number = f"0.{trouble.text(at + 1)}"
    yield Repair(
        at,
        at + 2,
        (trouble.token._replace(kind="DECIMAL", text=number),),
        "E0120",
        f"`.{trouble.text(at + 1)}` lacks the digit before its point",
        trouble.span(at, at + 1),
        f"write `{number}`",
    )


def bare_list(trouble: Trouble) -> Iterator[Repair]:
    """`tags "a", "b"`."""
    first = trouble.start + 1
    if trouble.text(trouble.start) != "tags" or trouble.token.text != "," or trouble.at != first + 1:
        return
    end = trouble.at
    while trouble.text(end) == "," and trouble.tokens[end + 1].kind in (WORD, "STRING"):
        end += 2
    items = trouble.tokens[first:end]
    opening, closing = items[0]._replace(kind="LSQB", text="["), items[-1]._replace(kind="RSQB", text="]")
    written = " ".join(token.text for token in items).replace(" ,", ",")
    yield Repair(
        first,
        end,
        (opening, *items, closing),
        "E0123",
        "several values stand in brackets",
        trouble.span(first, end - 1),
        f"write `[{written}]`",
    )


def needless_token(trouble: Trouble) -> Iterator[Repair]:
    """A mark or word where none belongs, when all reads well without it."""
    if trouble.token.kind == END or trouble.token.text in OPENING or trouble.token.text in CLOSING:
        return
    text = trouble.token.shown
    yield Repair(
        trouble.at,
        trouble.at + 1,
        (),
        "E0123",
        f"`{text}` does not belong here",
        trouble.span(trouble.at),
        f"leave `{text}` out",
        sure=False,
        whole=False,
    )


def quotes_missing(trouble: Trouble) -> Iterator[Repair]:
    """`enum(approved, declined)`, `timezone Europe/London`, `import common.pattern`."""
    if trouble.token.kind != WORD or "STRING" not in trouble.expected or WORD in trouble.expected:
        return
    end = trouble.at + 1
    while trouble.tokens[end].start == trouble.tokens[end - 1].end and trouble.tokens[end].kind in _JOINED:
        end += 1
    end -= trouble.tokens[end - 1].kind in ("COLON", "DOT")
    text = "".join(token.text for token in trouble.tokens[trouble.at : end])
    token = trouble.token._replace(kind="STRING", text=f'"{text}"')
    place = trouble.span(trouble.at, end - 1)
    yield Repair(trouble.at, end, (token,), "E0124", f"`{text}` needs quotes here", place, f'write `"{text}"`')


_JOINED = frozenset({WORD, "DOT", "SLASH", "COLON", "MINUS", "INT"})


def needless_quotes(trouble: Trouble) -> Iterator[Repair]:
    """`rule "x" {`, `{ "account": account }`."""
    if trouble.token.kind != "STRING" or WORD not in trouble.expected or "STRING" in trouble.expected:
        return
    name = trouble.token.text[1:-1]
    written = name if _PLAIN_NAME.fullmatch(name) else f"`{name}`"
    if name and "`" not in name:
        yield Repair(
            trouble.at,
            trouble.at + 1,
            (Token(WORD, f"`{name}`", trouble.token.line, trouble.token.column, trouble.token.start),),
            "E0124",
            "a name has no quotes" if written == name else "a name that is not a plain word stands in back quotes",
            trouble.span(trouble.at),
            f"write {written if '`' in written else f'`{written}`'}",
        )
