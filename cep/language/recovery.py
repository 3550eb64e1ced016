"""Parsing on after a slip, so that all slips of a file are reported at once and none twice.

Where a token does not fit, the known slips are tried as repairs, each on a copy of the stack; the one that carries the
parser on is reported and made. Where none does, the element in trouble (step, clause, field, item) is skipped up to
the next of its kind, and the item it belongs to is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from cep.language.automaton import MAX_DEPTH, Automaton, TooDeep
from cep.language.lexer import END, WORD, Token
from cep.language.trouble import (
    CLOSING,
    ITEM_WORDS,
    OPENING,
    Repair,
    Trouble,
    begins_clause,
    begins_item,
    begins_step,
    begins_test_line,
)

_ELEMENTS = ("next_item", "first_item", "clause", "field", "test_line", "item")
_WIDEST = 3
_MOST_REPAIRS = 4
"""At one place: repairs that call for each other must not go on for ever."""
_FAR_ENOUGH = 12
_CONVINCING = 3


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place on the stack where an element of a list may follow: how many values lie below it, the index of the first
    token above it, and how many more brackets are open at the innermost anchor, as a negative number."""

    symbol: str
    depth: int
    start: int
    level: int


@dataclass(slots=True)
class Losses:
    """What the tree will not hold: tokens whose items are left out, and names of items that never came to be.

    `mended` counts the repairs made at each place of the text.
    """

    places: list[Token] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    unnamed: bool = False
    mended: Counter[int] = field(default_factory=Counter)


def parse_all(automaton: Automaton, losses: Losses) -> None:
    """Run the automaton over its tokens to the end of the file, repairing and skipping what does not fit."""
    position = 0
    while True:
        try:
            at = automaton.run(position)
        except TooDeep as deep:
            _note_depth(automaton, deep.position)
            # The lists within what nests too deep are of no use: the clause or item it stands in is left out.
            wide = [anchor for anchor in _anchors(automaton, deep.position) if anchor.symbol in ("clause", "item")]
            position = _skip(automaton, wide, deep.position, losses)
            continue
        if at is None:
            return
        position = _go_on(automaton, at, losses)


def _note_depth(automaton: Automaton, position: int) -> None:
    place = automaton.tokens[position].span(automaton.notes.file)
    message = f"this nests deeper than {MAX_DEPTH} levels, of which each operator of a chain like `a + b + c` is one"
    automaton.notes.error("E0113", message, place, "name a part of it with `define` or `let`")


def _go_on(automaton: Automaton, at: int, losses: Losses) -> int:
    """Repair or skip; the index to go on from."""
    if automaton.notes.full:
        return _give_up(automaton, at, losses)
    troubles = [(anchor, _trouble(automaton, at, anchor)) for anchor in _anchors(automaton, at)[:_WIDEST]]
    for anchor, trouble in troubles:
        repair = _best(trouble) if losses.mended[trouble.token.start] < _MOST_REPAIRS else None
        if repair is not None:
            losses.mended[trouble.token.start] += 1
            explained = not repair.sure and _explained(trouble, losses)
            _mend(automaton, anchor, repair, losses, explained)
            return anchor.start
    if not _explained(troubles[0][1], losses):
        _note_unexpected(automaton, troubles[0][1])
    automaton.settle(at)
    return _skip(automaton, _anchors(automaton, at), at, losses)


def _give_up(automaton: Automaton, at: int, losses: Losses) -> int:
    automaton.notes.give_up(automaton.tokens[at].span(automaton.notes.file))
    losses.unnamed = True
    item = next(anchor for anchor in _anchors(automaton, at) if anchor.symbol == "item")
    automaton.cut(item.depth)
    del automaton.tokens[item.start : -1]
    return item.start


def _explained(trouble: Trouble, losses: Losses) -> bool:
    """Whether something lost in the same element, and already reported, accounts for a trouble."""
    first, last = trouble.tokens[trouble.start].start, trouble.token.start
    return any(first <= place.start <= last for place in losses.places)


def _note_unexpected(automaton: Automaton, trouble: Trouble) -> None:
    # Imported, like the slips, only when something is wrong: most files pay for neither.
    from cep.language.slips.expected import unexpected

    code, message, fix = unexpected(trouble)
    automaton.notes.error(code, message, trouble.span(trouble.at), fix)


def _trouble(automaton: Automaton, at: int, anchor: Anchor) -> Trouble:
    return Trouble(automaton, at, anchor.start, anchor.symbol, tuple(automaton.states[: anchor.depth + 1]))


def _mend(automaton: Automaton, anchor: Anchor, repair: Repair, losses: Losses, explained: bool) -> None:
    if not explained:
        automaton.notes.error(repair.code, repair.message, repair.place, repair.fix)
    if not repair.whole:
        # Where words are taken out, the one before them stays to tell which part of the tree is not whole.
        losses.places.append(automaton.tokens[max(anchor.start, repair.start - (not repair.tokens))])
    automaton.tokens[repair.start : repair.end] = repair.tokens
    automaton.cut(anchor.depth)


def _best(trouble: Trouble) -> Repair | None:
    from cep.language.slips import SLIPS

    best, furthest = None, 0
    for slip in SLIPS:
        for repair in slip(trouble):
            if repair.certain:
                return repair
            reach = min(_reach(trouble, repair), trouble.at + _FAR_ENOUGH)
            if reach > furthest and reach >= _needed(trouble, repair):
                best, furthest = repair, reach
    return best


def _needed(trouble: Trouble, repair: Repair) -> int:
    if repair.sure and repair.tokens:
        return max(trouble.at + 1, repair.end)
    needed = max(trouble.at, repair.end) + (1 if repair.sure else _CONVINCING)
    return min(needed, len(trouble.tokens))


def _reach(trouble: Trouble, repair: Repair) -> int:
    """The index of the first token that does not fit after a repair; the repair's own start if it fits nowhere."""
    tokens = trouble.tokens
    head = [*tokens[trouble.start : repair.start], *repair.tokens]
    rest = tokens[repair.end : max(trouble.at, repair.end) + _FAR_ENOUGH]
    taken = trouble.automaton.trial(list(trouble.states), [*head, *rest])
    return repair.start if taken < len(head) else repair.end + taken - len(head)


def _skip(automaton: Automaton, anchors: list[Anchor], at: int, losses: Losses) -> int:
    """Drop the text up to an element that may follow, and cut the stack back to it; the index to go on from."""
    tokens = automaton.tokens
    opened: list[str] = []
    for value in automaton.values[: anchors[0].depth]:
        _follow_brackets(opened, value.text if isinstance(value, Token) else "")
    outermost = len(opened) - anchors[0].level
    for index in range(anchors[0].start, len(tokens)):
        for anchor in _candidates(automaton, anchors, index, len(opened) - outermost, at):
            position = _entry(automaton, anchor, index)
            if position is not None:
                _lose(automaton, anchors, anchor, losses)
                automaton.cut(anchor.depth)
                # Gone for good: a later repair may read the text from an outer element on again.
                del tokens[anchor.start : position]
                return anchor.start
        _follow_brackets(opened, tokens[index].text)
    raise AssertionError("the end of the file always follows a complete item")


def _follow_brackets(opened: list[str], text: str) -> None:
    """Keep the row of open brackets. One that closes closes those left open in it too; a stray one closes nothing."""
    if text in OPENING:
        opened.append(text)
    elif text in CLOSING and CLOSING[text] in opened:
        while opened.pop() != CLOSING[text]:
            pass


def _anchors(automaton: Automaton, at: int) -> list[Anchor]:
    """From the innermost, always closed by that of the file's items."""
    anchors: list[Anchor] = []
    level = closed = 0
    for depth in range(len(automaton.values), -1, -1):
        value = automaton.values[depth] if depth < len(automaton.values) else None
        mark = value.text if isinstance(value, Token) else ""
        if mark in OPENING and closed:
            closed -= 1
        elif mark in OPENING and anchors:
            level -= 1
        closed += mark in CLOSING
        symbol = next((s for s in _ELEMENTS if automaton.can_hold(automaton.states[depth], s)), None)
        # Between a bracket and its partner the list is complete, nothing may follow in it.
        if symbol and not closed:
            start = at if value is None else automaton.starts[depth]
            anchors.append(Anchor(symbol, depth, start, level))
    return anchors


def _candidates(automaton: Automaton, anchors: list[Anchor], index: int, level: int, at: int) -> Iterator[Anchor]:
    """The anchors whose next element may begin at a token, `level` brackets deep."""
    tokens = automaton.tokens
    token = tokens[index]
    leads = index == 0 or tokens[index - 1].line != token.line
    # A token that was taken as part of the element can only begin another one at the start of a line: it is then most
    # likely a keyword that passed as a name because something was missing before it.
    if index <= at and not leads and token.kind != END and index != anchors[0].start:
        return
    for number, anchor in enumerate(anchors):
        if index == anchors[0].start and number == 0:
            continue
        same = level == anchor.level
        match anchor.symbol:
            case "item":
                fits = token.kind == END or (begins_item(tokens, index) and (leads or same))
            case "clause":
                fits = begins_clause(tokens, index) and (same or (leads and level > anchor.level))
            case "test_line":
                fits = begins_test_line(tokens, index) and same
            case "field":
                fits = same and token.kind == WORD and tokens[index + 1].text == ":"
            case _:
                fits = same and begins_step(tokens, index)
        if fits or (same and index >= at and (token.text in CLOSING or token.text in ("|", ","))):
            yield anchor


def _entry(automaton: Automaton, anchor: Anchor, index: int) -> int | None:
    """Where to go on at an anchor, if what stands at the index fits there."""
    tokens = automaton.tokens
    if anchor.symbol == "first_item" and tokens[index].text == "then":
        # The first step was lost: the next one takes its place, without what links it.
        while tokens[index].kind != END and not _begins_first(tokens, index):
            index += 1
    states = automaton.states[: anchor.depth + 1]
    fits = automaton.trial(states, tokens[index : index + 2])
    return index if fits == min(2, len(tokens) - index) else None


def _begins_first(tokens: list[Token], index: int) -> bool:
    return tokens[index + 1].text == ":" or tokens[index].text in ("(", "either", "all", "at")


def _lose(automaton: Automaton, anchors: list[Anchor], anchor: Anchor, losses: Losses) -> None:
    """Remember what is left out when the stack is cut back to an anchor."""
    tokens = automaton.tokens
    if anchor.symbol != "item":
        losses.places.append(tokens[anchors[0].start])
        return
    word, name = tokens[anchor.start], tokens[min(anchor.start + 1, len(tokens) - 1)]
    if word.text in ITEM_WORDS - {"test"}:
        if name.kind == WORD:
            losses.names.add(name.text.strip("`"))
        else:
            losses.unnamed = True
    elif word.text not in ("test", "module") and not begins_clause(tokens, anchor.start):
        losses.unnamed = True
