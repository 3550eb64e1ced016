"""A failing pair without the declarations and fields that it does not need, so that a kept case reads at a glance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from cep.api import CheckFailed
from tests.generated.cases import Case
from tests.generated.expected import Played
from tests.generated.pairs import checked

_DECLARATION = re.compile(r"^(?:list|param|define|function|event) (\w+).*\n", re.MULTILINE)
_FIELD = re.compile(r"(\w+): [\w<>]+\??  ")

Smaller = Callable[[Case], Case]


def tidy(played: Played, fails: Callable[[Case], bool]) -> Case:
    """The pair with as little around its rule as leaves the rule whole and the pair failing."""
    case = Case(played.text, played.log)
    for smaller in _cuts(case):
        candidate = smaller(case)
        if candidate != case and _is_whole(candidate) and fails(candidate):
            case = candidate
    return case


def _is_whole(case: Case) -> bool:
    try:
        events = checked(case.text).events
    except CheckFailed:
        return False
    return all(sent.event in events for sent in case.log.events)


def _cuts(case: Case) -> Iterator[Smaller]:
    # From the end, since a declaration may use one that stands before it.
    for line in reversed(list(_DECLARATION.finditer(case.text))):
        yield partial(_without_line, line.group())
    for name in dict.fromkeys(_FIELD.findall(case.text)):
        yield partial(_without_field, name)


def _without_line(line: str, case: Case) -> Case:
    return replace(case, text=case.text.replace(line, ""))


def _without_field(name: str, case: Case) -> Case:
    events = tuple(
        replace(sent, data={other: value for other, value in sent.data.items() if other != name})
        for sent in case.log.events
    )
    text = re.sub(rf"\b{name}: [\w<>]+\??  ", "", case.text)
    return replace(case, text=text, log=replace(case.log, events=events))
