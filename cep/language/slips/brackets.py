"""Brackets without their partner."""

from __future__ import annotations

from collections.abc import Iterator

from cep.language.lexer import END, Token
from cep.language.trouble import CLOSING, OPENING, Repair, Trouble, begins_clause, begins_item, begins_step

_KINDS = {")": "RPAR", "]": "RSQB", "}": "RBRACE"}
_MOST = 4


def unclosed_bracket(trouble: Trouble) -> Iterator[Repair]:
    """The next clause, step or item begins, another bracket closes, or the text ends inside a bracket."""
    opened = _open_brackets(trouble)
    for index in (trouble.at, trouble.at - 1):
        if index < trouble.start or not _after_bracket(trouble, index):
            continue
        token = trouble.tokens[index]
        for count in range(1, len(opened) + 1 if token.kind == END else min(len(opened), _MOST) + 1):
            closers = [OPENING[bracket.text] for bracket in opened[:count]]
            written = "".join(closers)
            where = "at the end" if token.kind == END else f"before `{token.text}`"
            yield Repair(
                index,
                index,
                tuple(token._replace(kind=_KINDS[closer], text=closer) for closer in closers),
                "E0109",
                f"this `{opened[count - 1].text}` is not closed",
                opened[count - 1].span(trouble.file),
                f"write `{written}` {where}",
            )


def stray_bracket(trouble: Trouble) -> Iterator[Repair]:
    """A closing bracket that closes nothing, or another kind than the one that is open."""
    at, text = trouble.at, trouble.token.text
    if text not in CLOSING or trouble.token.kind == END:
        return
    opened = _open_brackets(trouble)
    inside = bool(opened) and opened[0].start >= trouble.tokens[trouble.start].start
    if inside and opened[0].text != CLOSING[text]:
        right = OPENING[opened[0].text]
        token = trouble.token._replace(kind=_KINDS[right], text=right)
        message = f"the `{opened[0].text}` of line {opened[0].line} is closed by `{text}`"
        yield Repair(at, at + 1, (token,), "E0109", message, trouble.span(at), f"write `{right}`", sure=False)
    place = trouble.span(at)
    yield Repair(at, at + 1, (), "E0114", f"this `{text}` closes nothing", place, "leave it out", sure=not opened)


def _open_brackets(trouble: Trouble) -> list[Token]:
    """The brackets that are open at the trouble, the innermost first."""
    values = trouble.automaton.values
    return [value for value in reversed(values) if isinstance(value, Token) and value.text in OPENING]


def _after_bracket(trouble: Trouble, index: int) -> bool:
    tokens = trouble.tokens
    if tokens[index].kind == END or tokens[index].text in CLOSING or trouble.first_on_line(index):
        return True
    begins = begins_clause(tokens, index) or begins_step(tokens, index) or begins_item(tokens, index)
    return begins or tokens[index].text in ("where", "within", "having", "until")
