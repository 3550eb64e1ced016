"""An explanation as text for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cep.analysis.explanation import Explanation, StateView, Stop, WaitView

LABEL = 11
"""Width of the words at the left."""


def render_text(explanation: Explanation) -> str:
    """The explanation, a section for each question."""
    sections = [
        _head(explanation),
        ["states", *_states(explanation)],
        ["waits", *_waits(explanation)],
        ["complete", *(f"  {text}" for text in explanation.complete)],
        ["selection", *(f"  {text}" for text in explanation.selection)],
        *([["shared structure", *(f"  {text}" for text in explanation.shared)]] if explanation.shared else []),
        ["cost (runs visited for an event)", *_cost(explanation)],
        ["state", *(f"  {text}" for text in explanation.bounds)],
        ["registers", *_registers(explanation)],
        ["fingerprints", f"  {'semantic':{LABEL}}{explanation.semantic}", f"  {'layout':{LABEL}}{explanation.layout}"],
    ]
    return "\n".join("".join(f"{line}\n" for line in section) for section in sections)


def render_json(explanation: Explanation) -> str:
    """The same values as JSON."""
    return msgspec.json.format(msgspec.json.encode(explanation), indent=2).decode() + "\n"


def _head(explanation: Explanation) -> list[str]:
    title = f' "{explanation.title}"' if explanation.title else ""
    lines = [
        f"rule {explanation.rule}{title}",
        _labelled("version", f"{explanation.version}, {explanation.mode}"),
        _labelled("key", ", ".join(explanation.key) or "none: all events are one stream"),
        _labelled("sees", ", ".join(explanation.sees)),
    ]
    if explanation.within is not None:
        lines.append(_labelled("within", f"{explanation.within} from the first event to the last"))
    lines += [_labelled("before", _stop(stop, "there was")) for stop in explanation.leading]
    if explanation.cancel is not None:
        lines.append(_labelled("cancel on", _place(explanation.cancel)))
    return lines


def _labelled(label: str, text: str, indent: int = 2) -> str:
    return f"{'':{indent}}{label:{LABEL}}{text}"


def _states(explanation: Explanation) -> Iterator[str]:
    width = max((len(state.name) for state in explanation.states), default=0) + 2
    for state in explanation.states:
        yield f"  {state.name:{width}}{_bound(state)}"
        for word, text in (("where", state.where), ("having", state.having)):
            if text is not None:
                yield f"  {'':{width}}{word} {text}"
        if state.window is not None:
            yield f"  {'':{width}}within {state.window}"


def _bound(state: StateView) -> str:
    if state.event is None:
        return state.amount
    by = "" if state.by is None else f" by {state.by}"
    return f"{state.event}{by}, {state.amount}"


def _waits(explanation: Explanation) -> Iterator[str]:
    for wait in explanation.waits:
        yield f"  {wait.index}  {wait.source} -> {wait.target}"
        yield from (_labelled(label, text, 5) for label, text in _wait(wait))


def _wait(wait: WaitView) -> Iterator[tuple[str, str]]:
    if wait.left is not None:
        yield "left", f"of wait {wait.left}, once what it excludes can no longer come"
    yield "follows", wait.follows
    if wait.conditions:
        yield "once", " and ".join(wait.conditions)
    if wait.lasting:
        yield "while", " and ".join(wait.lasting)
    if wait.after is not None:
        yield "gap", f"at least {wait.after}"
    if wait.ends and wait.kind in ("due", "hold"):
        yield "time", "the later of " * (len(wait.ends) > 1) + " and ".join(wait.ends)
    elif wait.ends:
        yield "ends", " or ".join(wait.ends)
    for stop in wait.stops:
        yield "stops at", _stop(stop, stop.word)
    if wait.guard is not None:
        yield "guard", f"{wait.guard}: {wait.answered}" if wait.answered else wait.guard
    for visit in wait.visits:
        yield "visits", f"{visit.event}: {visit.words}"


def _stop(stop: Stop, word: str) -> str:
    armed = "" if stop.armed is None else f", {stop.armed}"
    return f"{word} {_place(stop)}{armed} ({stop.guard})"


def _place(stop: Stop) -> str:
    by = "" if stop.by is None else f" by {stop.by}"
    where = "" if stop.where is None else f" where {stop.where}"
    return f"{stop.event}{by}{where}"


def _cost(explanation: Explanation) -> Iterator[str]:
    yield f"  {explanation.cost.words}"
    yield from (f"    {text}" for text in explanation.cost.linear)
    yield from (f"  {text}" for text in explanation.cost.beside)


def _registers(explanation: Explanation) -> Iterator[str]:
    if not explanation.registers:
        yield "  none: no guard looks back"
    width = max((len(register.name) for register in explanation.registers), default=0) + 2
    held = max((len(register.holds) for register in explanation.registers), default=0) + 2
    for register in explanation.registers:
        yield f"  {register.name:{width}}{register.holds:{held}}{register.kept}"
