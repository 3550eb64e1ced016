"""Slips between the steps of a pattern: how they are linked and named."""

from __future__ import annotations

from collections.abc import Iterator

from cep.language.build_patterns import RESERVED_STEP_NAMES
from cep.language.lexer import WORD, Token
from cep.language.trouble import CLAUSE_WORDS, PART_WORDS, STEP_WORDS, Repair, Trouble

_THEN = "THEN"
_SEPARATORS = frozenset({",", "->", "and", "-", "="})
_GROUP_WORDS = frozenset({"either", "all", "at"})


def missing_then(trouble: Trouble) -> Iterator[Repair]:
    """`a: T` and on the next line `b: U`."""
    at = trouble.at
    for index in (at, at - 2):
        linked = trouble.text(index - 1) == "then" or trouble.text(index - 2) == "then"
        if index >= trouble.start and _begins_node(trouble, index) and not linked:
            first = trouble.text(index)
            yield Repair(
                index,
                index,
                (_then(trouble.tokens[index]),),
                "E0101",
                "every step but the first begins with `then`",
                trouble.span(index),
                f"write `then` before `{first}`",
            )


def missing_type(trouble: Trouble) -> Iterator[Repair]:
    """`a:` and then the next step, whose `then` passed as an event type."""
    index = trouble.at - 1
    if trouble.text(index) in STEP_WORDS and trouble.text(index - 1) == ":" and trouble.first_on_line(index):
        name = trouble.text(index - 2)
        yield Repair(
            index,
            index,
            (trouble.tokens[index]._replace(text="`Event`"),),
            "E0117",
            f"the event type of `{name}` is missing",
            trouble.span(index - 1),
            f"write `{name}: Type`",
            whole=False,
        )


def foreign_link(trouble: Trouble) -> Iterator[Repair]:
    """`followed by b: T`, `-> b: T`, `, b: T`, `and then b: T`."""
    at = trouble.at
    for index in (at, at - 1):
        text = trouble.text(index)
        if text == "followed" and trouble.text(index + 1) == "by":
            yield _as_then(trouble, index, index + 2, "`followed by` is written `then`")
        elif text in ("followed_by", "followedBy"):
            yield _as_then(trouble, index, index + 1, f"`{text}` is written `then`")
        elif text in _SEPARATORS and index == at:
            length = 2 if text in ("-", "=") and trouble.text(at + 1) == ">" else 1
            if _begins_node(trouble, at + length) or trouble.text(at + length) == "then":
                end = at + length + (trouble.text(at + length) == "then")
                written = trouble.text(at) + (">" if length == 2 else "")
                yield _as_then(trouble, at, end, f"steps are linked by `then`, not by `{written}`")
        elif text == "then" and trouble.text(index - 1) == "and":
            yield _as_then(trouble, index - 1, index + 1, "steps are linked by `then`, not by `and then`")


def reserved_step_name(trouble: Trouble) -> Iterator[Repair]:
    """`then any: T`: a word that means something else there."""
    name = trouble.at - 1
    if trouble.text(trouble.at) == ":" and trouble.text(name) in RESERVED_STEP_NAMES and name >= trouble.start:
        token = trouble.tokens[name]
        yield Repair(
            name,
            name + 1,
            (token._replace(kind=WORD, text=f"`{token.text}`"),),
            "E0116",
            f"`{token.text}` has a meaning of its own before a step, so it is no step name",
            trouble.span(name),
            f"choose another name, or put `{token.text}` in back quotes",
        )


def next_before_without(trouble: Trouble) -> Iterator[Repair]:
    """`then next without T`: the parser stops behind `without`, taken for the name of a step."""
    tokens = trouble.tokens
    for start in range(max(trouble.at - 3, 0), trouble.at):
        if [trouble.text(start + n) for n in range(3)] != ["then", "next", "without"]:
            continue
        yield Repair(
            start,
            start + 3,
            (tokens[start + 2]._replace(kind="_WITHOUT"), tokens[start + 1]),
            "E0106",
            "`then next without` is written `without next`",
            trouble.span(start, start + 2),
            f"write `without next {trouble.text(start + 3)}`",
        )


def named_absence(trouble: Trouble) -> Iterator[Repair]:
    """`without b: T`, `not followed by b: T`."""
    at = trouble.at
    if trouble.text(at) == ":" and trouble.text(at - 2) in ("without", "next"):
        yield Repair(
            at - 1,
            at + 1,
            (),
            "E0119",
            "an absence binds no event, so it has no name",
            trouble.span(at - 1, at),
            f"write `without {trouble.text(at + 1)}`",
        )
    for index in (at, at - 1):
        if [trouble.text(index + n) for n in range(3)] == ["not", "followed", "by"]:
            named = trouble.text(index + 4) == ":"
            event = trouble.text(index + (5 if named else 3))
            yield Repair(
                index,
                index + (5 if named else 3),
                (trouble.tokens[index]._replace(kind="_WITHOUT", text="without"),),
                "E0106",
                "`not followed by` is written `without`",
                trouble.span(index, index + 2),
                f"write `without {event}`",
            )


def unnamed_step(trouble: Trouble) -> Iterator[Repair]:
    """`then CardAuth where …`: the type alone."""
    at, event = trouble.at, trouble.at - 1
    follows = trouble.text(at) in PART_WORDS | STEP_WORDS | CLAUSE_WORDS | {"?", "+", "*", "{", "}", ")", "|", ","}
    if (
        trouble.element not in ("first_item", "next_item")
        or event < trouble.start
        or not trouble.is_word(event)
        or not follows
        or "COLON" not in trouble.expected
    ):
        return
    token = trouble.tokens[event]
    name = token.text.strip("`")
    lower = f"{name[0].lower()}{name[1:]}"
    yield Repair(
        event,
        event,
        (token._replace(text=f"`{lower}`"), token._replace(kind="COLON", text=":")),
        "E0119",
        "a step has a name before its event type",
        trouble.span(event),
        f"write `{lower}: {name}`",
        whole=False,
    )


def _begins_node(trouble: Trouble, index: int) -> bool:
    """Whether a step or group, or a mode before one, stands at an index."""
    text = trouble.text(index)
    if text in ("next", "any") and trouble.text(index + 1) != ":":
        return _begins_node(trouble, index + 1)
    if text == "(":
        return trouble.text(index + 2) == ":" or trouble.text(index + 1) == "("
    if text in _GROUP_WORDS:
        return trouble.text(index + 1) in ("(", "of", "least")
    return trouble.is_word(index) and trouble.text(index + 1) == ":" and trouble.is_word(index + 2)


def _then(before: Token) -> Token:
    return before._replace(kind=_THEN, text="then")


def _as_then(trouble: Trouble, start: int, end: int, message: str) -> Repair:
    return Repair(
        start, end, (_then(trouble.tokens[start]),), "E0106", message, trouble.span(start, end - 1), "write `then`"
    )
