"""Slips inside expressions: operators and forms of other languages, and values left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cep.language.trouble import (
    BEFORE_VALUE,
    COMPARISONS,
    PART_WORDS,
    STEP_WORDS,
    Repair,
    Trouble,
    begins_clause,
    begins_item,
    begins_step,
)

_TOGETHER = {
    ("=", ">"): ("AT_LEAST", ">="),
    ("=", "<"): ("AT_MOST", "<="),
    ("==", "="): ("EQUALS", "=="),
    ("!=", "="): ("UNEQUAL", "!="),
    ("<", ">"): ("UNEQUAL", "!="),
    (":", "="): ("EQUAL", "="),
    ("|", "|"): ("_OR", "or"),
}
"""Operators of other languages that arrive as two tokens."""


def single_equals(trouble: Trouble) -> Iterator[Repair]:
    """`status = "x"` for a comparison, `==` for a definition, `=` in an object."""
    at = trouble.at
    if trouble.token.text == "=":
        yield _operator(trouble, at, at + 1, ("EQUALS", "=="), "E0102", "`=` does not compare")
        joined = _operator(trouble, at, at + 1, ("COLON", ":"), "E0123", "a name and its value are joined by `:`")
        yield replace(joined, sure="RBRACE" in trouble.expected)
    elif trouble.token.text == "==":
        yield _operator(trouble, at, at + 1, ("EQUAL", "="), "E0102", "`==` compares, it does not define")


def foreign_operator(trouble: Trouble) -> Iterator[Repair]:
    """`=>`, `=<`, `===`, `|` and `count(*)`."""
    at = trouble.at
    for index in (at, at - 1):
        pair = trouble.text(index), trouble.text(index + 1)
        if index >= trouble.start and pair in _TOGETHER and _adjacent(trouble, index):
            written = "".join(pair)
            yield _operator(
                trouble, index, index + 2, _TOGETHER[pair], "E0111", f"`{written}` is no operator of the language"
            )
    if trouble.token.text == "|":
        yield _operator(trouble, at, at + 1, ("_OR", "or"), "E0111", "`|` does not join conditions")
    if trouble.token.text == "*" and trouble.text(at - 1) == "(" and trouble.text(at + 1) == ")":
        function = trouble.text(at - 2)
        place = trouble.span(at)
        yield Repair(at, at + 1, (), "E0111", f"`{function}()` takes no `*`", place, f"write `{function}()`")


def foreign_comment(trouble: Trouble) -> Iterator[Repair]:
    """`// …` and `/* … */`."""
    for index in (trouble.at, trouble.at - 1):
        if trouble.text(index) == "/" and trouble.text(index + 1) in ("/", "*"):
            line = trouble.tokens[index].line
            end = index
            while trouble.tokens[end].line == line and trouble.tokens[end].kind != "$END":
                end += 1
            yield Repair(
                index,
                end,
                (),
                "E0125",
                f"`/{trouble.text(index + 1)}` begins no comment",
                trouble.span(index, index + 1),
                "begin the comment with `#`",
            )


def condition_first(trouble: Trouble) -> Iterator[Repair]:
    """`if c then x else y`."""
    for start in (trouble.at, trouble.at - 1, trouble.at - 2, trouble.at - 3):
        if trouble.text(start) == "if":
            break
    else:
        return
    texts = [token.text for token in trouble.tokens[start : start + 60]]
    if "then" not in texts or "else" not in texts[texts.index("then") :]:
        return
    then, other = start + texts.index("then"), start + texts.index("else", texts.index("then"))
    tokens = trouble.tokens
    yield Repair(
        start,
        other + 1,
        (
            *tokens[then + 1 : other],
            tokens[start]._replace(kind="_IF"),
            *tokens[start + 1 : then],
            tokens[other]._replace(kind="_ELSE"),
        ),
        "E0111",
        "the value of a choice stands before its condition",
        trouble.span(start),
        "write `x if condition else y`",
    )


def chained_comparison(trouble: Trouble) -> Iterator[Repair]:
    """`1 < a < 5`."""
    at = trouble.at
    if trouble.token.text in COMPARISONS and any(trouble.text(n) in COMPARISONS for n in range(trouble.start, at)):
        yield Repair(
            at,
            at + 1,
            (trouble.token._replace(kind="_AND", text="and"),),
            "E0122",
            "comparisons do not chain",
            trouble.span(at),
            "write `x between low and high`, or join two comparisons with `and`",
            whole=False,
        )


def missing_value(trouble: Trouble) -> Iterator[Repair]:
    """`where amount >` and then the next step, clause or bracket."""
    for index in (trouble.at, trouble.at - 1, trouble.at - 2):
        operator = trouble.text(index - 1)
        if index > trouble.start and operator in BEFORE_VALUE and _ends_expression(trouble, index):
            token = trouble.tokens[index]
            yield Repair(
                index,
                index,
                (token._replace(kind="_NULL", text="null"),),
                "E0117",
                f"a value is missing after `{operator}`",
                trouble.span(index - 1),
                f"write the value, or leave `{operator}` out",
                whole=False,
            )


def _ends_expression(trouble: Trouble, index: int) -> bool:
    text = trouble.text(index)
    if text in PART_WORDS | STEP_WORDS | COMPARISONS | {")", "]", "}", "", ",", "and", "or"}:
        return True
    tokens = trouble.tokens
    return begins_clause(tokens, index) or begins_step(tokens, index) or begins_item(tokens, index)


def _adjacent(trouble: Trouble, index: int) -> bool:
    return trouble.tokens[index].end == trouble.tokens[index + 1].start


def _operator(trouble: Trouble, start: int, end: int, operator: tuple[str, str], code: str, message: str) -> Repair:
    kind, text = operator
    token = trouble.tokens[start]._replace(kind=kind, text=text)
    return Repair(start, end, (token,), code, message, trouble.span(start, end - 1), f"write `{text}`")
