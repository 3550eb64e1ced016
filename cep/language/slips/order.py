"""Parts of a step or of a match header that stand in another order than the language's."""

from __future__ import annotations

from collections.abc import Iterator

from cep.language.lexer import END, WORD, Token
from cep.language.trouble import (
    BEFORE_VALUE,
    CLAUSE_WORDS,
    CLOSING,
    OPENING,
    OPERATOR_WORDS,
    PART_WORDS,
    Repair,
    Trouble,
    begins_clause,
    begins_item,
    begins_step,
)

_STEP_ORDER = ("by", "where", "having", "within", "until")
_HEADER_ORDER = ("by", "within", "over")
_OWNERS = ("first_item", "next_item", "clause")
_Part = tuple[str, list[Token]]


def parts_out_of_order(trouble: Trouble) -> Iterator[Repair]:
    """`a: T within 5m where …`, `match within 1h by k`: a part that should have come earlier, or a second time."""
    header = trouble.text(trouble.start) == "match"
    order = _HEADER_ORDER if header else _STEP_ORDER
    keyword = trouble.text(trouble.at)
    if keyword not in order or not trouble.is_word(trouble.at) or trouble.element not in _OWNERS:
        return
    first = trouble.start + 1 if header else _after_type(trouble)
    if first is None or first > trouble.at or (header and _header_ends(trouble, first) < trouble.at):
        return
    end = _end(trouble)
    parts = _parts(trouble.tokens[first:end], order)
    before = [part for part in _parts(trouble.tokens[first : trouble.at], order) if part[0]]
    if any(word == keyword for word, _ in before):
        yield _twice(trouble, keyword, end, order)
        return
    late = [part for word, part in before if order.index(word) > order.index(keyword)]
    if late:
        ranked = sorted(parts, key=lambda part: order.index(part[0]) if part[0] else -1)
        yield _reordered(trouble, first, end, ranked, late[0], keyword)


def late_mode(trouble: Trouble) -> Iterator[Repair]:
    """`then within 10m next b: T`: the mode behind the gap."""
    mode, start = trouble.at - 1, trouble.start
    if trouble.text(mode) not in ("next", "any") or trouble.text(start) != "then" or mode < start + 3:
        return
    yield Repair(
        start + 1,
        trouble.at,
        (trouble.tokens[mode], *trouble.tokens[start + 1 : mode]),
        "E0118",
        f"`{trouble.text(mode)}` stands right behind `then`, before the gap",
        trouble.span(mode),
        f"write `then {trouble.text(mode)} {trouble.text(start + 1)} …`",
    )


def clause_before_brace(trouble: Trouble) -> Iterator[Repair]:
    """`rule r mode shadow {`: a clause in the head of its rule."""
    at = trouble.at
    if trouble.text(at) not in CLAUSE_WORDS or trouble.text(at - 2) != "rule":
        return
    brace = next((index for index in range(at + 1, min(at + 4, len(trouble.tokens))) if trouble.text(index) == "{"), 0)
    if brace:
        yield Repair(
            at,
            brace + 1,
            (trouble.tokens[brace], *trouble.tokens[at:brace]),
            "E0118",
            f"`{trouble.text(at)}` is a clause, and stands behind the brace",
            trouble.span(at),
            f"write `{{ {' '.join(trouble.text(index) for index in range(at, brace))}`",
        )


def stray_within(trouble: Trouble) -> Iterator[Repair]:
    """`within` where a clause stands, or behind a `cancel on` or `until`, which take none."""
    span = trouble.tokens[min(trouble.at + 1, len(trouble.tokens) - 1)]
    if trouble.text(trouble.at) != "within" or span.kind not in (WORD, "DURATION"):
        return
    owner = trouble.text(trouble.start)
    if owner == "cancel":
        message, fix = "`cancel on` takes no `within`", "leave it out: the whole match's span bounds it"
    else:
        message = "`within` trails what it bounds: a step, a group or the header of the match"
        fix = f"write it in the header: `match by … within {trouble.text(trouble.at + 1)}`"
    yield Repair(
        trouble.at,
        trouble.at + 2,
        (),
        "E0103",
        message,
        trouble.span(trouble.at, trouble.at + 1),
        fix,
        whole=owner == "cancel",
    )


def _after_type(trouble: Trouble) -> int | None:
    """The index after a step's or absence's event type."""
    for index in range(trouble.start, trouble.at):
        if trouble.text(index) in OPENING:
            return None
        if trouble.text(index) == ":" and trouble.is_word(index + 1):
            return index + 2
        if trouble.text(index) == "without":
            return index + (3 if trouble.text(index + 1) in ("next", "any") else 2)
    return None


def _begins_steps(trouble: Trouble, index: int) -> bool:
    return trouble.text(index + 1) == ":" or trouble.text(index) in ("(", "either", "all", "at", "without")


def _header_ends(trouble: Trouble, first: int) -> int:
    """The index of the first step of a match, or that of the trouble if none comes before it."""
    return next((index for index in range(first, trouble.at) if _begins_steps(trouble, index)), trouble.at)


def _end(trouble: Trouble) -> int:
    """The index after the last token of the step or header in trouble."""
    depth = 0
    header = trouble.text(trouble.start) == "match"
    for index in range(trouble.at, len(trouble.tokens)):
        token = trouble.tokens[index]
        if token.text in CLOSING or (token.text in (",", "|") and depth == 0 and not header):
            depth -= 1
        if depth < 0 or token.kind == END:
            return index
        begins = begins_clause(trouble.tokens, index) or begins_item(trouble.tokens, index)
        if depth == 0 and (begins or begins_step(trouble.tokens, index) or _starts_anew(trouble, index)):
            return index
        if header and depth == 0 and _begins_steps(trouble, index):
            return index
        depth += token.text in OPENING
    return len(trouble.tokens)


def _starts_anew(trouble: Trouble, index: int) -> bool:
    """Whether a line begins with a word that cannot go on with a step, such as a misspelt clause."""
    goes_on = trouble.text(index) in PART_WORDS | OPERATOR_WORDS or trouble.text(index - 1) in BEFORE_VALUE
    return index > trouble.at and trouble.is_word(index) and trouble.first_on_line(index) and not goes_on


def _parts(tokens: list[Token], order: tuple[str, ...]) -> list[_Part]:
    """The parts of a step with their first words; what stands before the first has none."""
    parts: list[_Part] = [("", [])]
    depth = 0
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        opens = token.text in order and depth == 0 and following not in OPERATOR_WORDS and following not in ("==", ".")
        belongs_to_until = parts[-1][0] == "until" and token.text in ("by", "where")
        if opens and not belongs_to_until:
            parts.append((token.text, []))
        parts[-1][1].append(token)
        depth += (token.text in OPENING) - (token.text in CLOSING)
    return parts


def _reordered(trouble: Trouble, first: int, end: int, ranked: list[_Part], late: list[Token], keyword: str) -> Repair:
    word = late[0].text
    written = " ".join(token.text for token in late)
    if word == "within":
        message = f"`within` trails what it bounds, so it stands behind `{keyword}`"
        place, fix = (
            late[0].span(trouble.file).to(late[-1].span(trouble.file)),
            f"move `{written}` behind the `{keyword}` part",
        )
    else:
        message = f"`{keyword}` stands before `{word}`, not behind it"
        place, fix = trouble.span(trouble.at), f"move the `{keyword}` part before `{word}`"
    code = "E0103" if "within" in (word, keyword) else "E0118"
    tokens = tuple(token for _, part in ranked for token in part)
    return Repair(first, end, tokens, code, message, place, fix, certain=True)


def _twice(trouble: Trouble, keyword: str, end: int, order: tuple[str, ...]) -> Repair:
    parts = _parts(trouble.tokens[trouble.at + 1 : end], order)
    length = 1 + len(parts[0][1])
    joined = keyword in ("where", "having")
    return Repair(
        trouble.at,
        trouble.at + length,
        (),
        "E0115",
        f"`{keyword}` is written twice",
        trouble.span(trouble.at),
        "join the two conditions with `and`" if joined else f"keep one `{keyword}`",
        certain=True,
        whole=False,
    )
