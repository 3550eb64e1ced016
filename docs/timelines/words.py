"""What a picture says in words: times, notes beside lanes, and the whole for those who cannot see it."""

from __future__ import annotations

from docs.timelines.case import Case
from docs.timelines.play import Played, Told

_UNITS = (("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000))


def length_text(microseconds: int) -> str:
    """A length of time as the language writes it; nothing is `0`."""
    parts = []
    for unit, size in _UNITS:
        count, microseconds = divmod(microseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"


def note_of(told: Told) -> str:
    """What stands right of a lane."""
    shown = [f"{name} {value}" for name, value in told.fields.items()]
    if told.note is not None:
        return ", ".join([*shown, told.note])
    parts = [f"at {length_text(told.moment)}"]
    if told.at is not None:
        parts.append(f"waited for {told.at}")
    parts += shown
    if told.suppressed:
        parts.append(f"{told.suppressed} held back before")
    if told.revision > 1 and told.closed:
        parts.append("closed")
    return ", ".join(parts)


def described(case: Case, played: Played) -> str:
    """The events and the reports, in words."""
    events = ", ".join(
        " ".join([moment.name, *map(str, moment.fields.values()), "at", length_text(moment.time)])
        for moment in case.moments
    )
    return f"Events: {events}. " + " ".join(_sentence(told) for told in played.told)


def _sentence(told: Told) -> str:
    bound = ", ".join(f"{step} = {name}" for step, name in told.bound)
    if told.note is not None:
        return f"Not reported: {bound}: {note_of(told)}."
    revision = f" revision {told.revision}" if told.revision > 1 or not told.closed else ""
    return f"{told.kind.capitalize()} {told.number}{revision} of {bound}: {note_of(told)}."
