"""A case as the text of a rule file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cep.language.diagnostics import CheckFailed
from cep.language.load import load_text
from tests.conformance.closing import sequences
from tests.conformance.patterns import EVENT, Around, Stage, lines
from tests.conformance.skipping import Skipped
from tests.conformance.unrolling import MARK, fields_read, stage_of, unrolled

Case = Mapping[str, Any]

RULE = "case"
_KEYWORDS = frozenset(re.findall(r"[a-z]+", Path(__file__).with_name("reserved.txt").read_text()))
_SKIP = {
    "no_skip": "nothing",
    "skip_to_next": "to next",
    "skip_past_last": "past last",
    "skip_to_first": "to first",
    "skip_to_last": "to last",
}
_NOT_FIELDS = ("i", "ts", "same_as")


@dataclass(frozen=True, slots=True)
class Translation:
    """`text` of the rule file; `stages` by step name; `fields`: names in the language by the case's own."""

    text: str
    stages: Mapping[str, str]
    fields: Mapping[str, str]


def translate(case: Case, unroll_all: bool = False) -> Translation:
    """The rule file of a case. Raises `Skipped` where the language has no such thing.

    `unroll_all`: write out every looped group, also where that is not needed.
    """
    found = _translation(case, unroll_all, False)
    return _translation(case, unroll_all, True) if case["kind"] != "invalid" and _is_never(found.text) else found


def _is_never(text: str) -> bool:
    """Whether a condition is refused since it can never be true, which is no error of the form."""
    try:
        load_text(text, "case.pattern")
    except CheckFailed as failed:
        return any(diagnostic.code == "E0307" for diagnostic in failed.diagnostics)
    return False


def _translation(case: Case, unroll_all: bool, opaque: bool) -> Translation:
    if case["kind"] == "property":
        raise Skipped("static fact without events")
    skip = case.get("skip") or {"strategy": "no_skip"}
    _refuse_skip(case, skip)
    fields = _field_names(case)
    most_events = len(case.get("events") or ())
    stages = unrolled(case["pattern"], most_events, unroll_all)
    written = sequences(stages, most_events, unroll_all)
    steps = _step_names([stage for one in written for stage in one], frozenset(fields.values()))
    skip = _skip_among(skip, steps)
    around = Around(steps, fields, nullable=_nullable(case, fields), opaque=opaque)
    text = "\n".join(
        [
            _event(case, fields),
            "",
            f"rule {RULE} {{",
            f"  match{_header(case, fields)}",
            *_match(written, around),
            *(f"  {clause}" for clause in _clauses(case, skip, steps)),
            "}",
            "",
        ]
    )
    by_step = {step.strip("`"): stage_of(stage) for stage, step in steps.items()}
    return Translation(text, by_step, fields)


def _match(written: list[list[Stage]], around: Around) -> Iterator[str]:
    """The lines of the match clause: a sequence, or alternatives."""
    if len(written) > 1:
        yield "    either ("
    for number, stages in enumerate(written):
        if number:
            yield "    |"
        yield from (f"    {line}" for one in lines(stages, around) for line in one.split("\n"))
    if len(written) > 1:
        yield "    )"


def _skip_among(skip: Mapping[str, Any], steps: Mapping[str, str]) -> Mapping[str, Any]:
    """The skip with its target among the steps: the first copy of a stage that was written out."""
    target = skip.get("to")
    copies = [name for name in steps if stage_of(name) == target and name != target]
    if not copies:
        return skip
    if skip["strategy"] != "skip_to_first" or not copies[0].startswith(f"{target}{MARK}1"):
        raise ValueError("a skip to the last event of a stage that has to be written out")
    return {**skip, "to": copies[0]}


def _refuse_skip(case: Case, skip: Mapping[str, Any]) -> None:
    target = skip.get("to")
    if target is None or case["kind"] == "invalid":
        return
    for stage in case["pattern"]:
        if stage.get("name") == target and stage["quantifier"]["optional"]:
            raise Skipped("`skip_to` an optional stage")
    if case.get("expected_error"):
        raise Skipped("`throw_on_miss`")


# ---------------------------------------------------------------- names


def _field_names(case: Case) -> dict[str, str]:
    """The fields that events carry or conditions name."""
    names: dict[str, str] = {}
    carried = [name for event in case.get("events") or [{"type": "Event"}] for name in event]
    for name in [*carried, *_named(case["pattern"])]:
        if name == "ts":
            # The time field itself is of another type; a condition on it reads a copy.
            if name in _named(case["pattern"]):
                names[name] = "ts_ms"
        elif name not in _NOT_FIELDS:
            names[name] = "event_type" if name == "type" else f"{name}_" if name in _KEYWORDS else name
    return names


def _named(stages: list[Stage]) -> dict[str, str]:
    """Fields named by conditions, with the type that a constant beside them suggests."""
    found: dict[str, str] = {}
    for stage in stages:
        for source in (stage.get("condition"), stage.get("until")):
            if source:
                found |= _named_in(ast.parse(source, mode="eval"))
        found |= _named(stage.get("group") or [])
    return found


def _named_in(tree: ast.AST) -> dict[str, str]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Compare | ast.Call)]
    of_text = {
        name.id
        for node in texts
        if any(isinstance(child, ast.Constant) and isinstance(child.value, str) for child in ast.iter_child_nodes(node))
        for name in ast.iter_child_nodes(node)
        if isinstance(name, ast.Name)
    }
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    over_stages = {field: "float" for _, field in fields_read(tree)}
    return over_stages | {name.id: "string" if name.id in of_text else "float" for name in names}


def _step_names(stages: list[Stage], fields: frozenset[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    taken = fields | {EVENT, "ts"}
    for name in dict.fromkeys(_stage_names(stages)):
        free = f"{name}_step" if name in taken else name.replace(MARK, "_")
        while free in names.values():
            free += "_"
        names[name] = free
    return {name: step if _is_plain(step) else f"`{step}`" for name, step in names.items()}


def _stage_names(stages: list[Stage]) -> Iterator[str]:
    for stage in stages:
        if "group" in stage:
            yield from _stage_names(stage["group"])
        elif stage["contiguity"] not in ("not_next", "not_followed_by"):
            yield str(stage["name"])


def _is_plain(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z_]\w*", name) is not None and name not in _KEYWORDS


# ---------------------------------------------------------------- the event type


def _event(case: Case, fields: Mapping[str, str]) -> str:
    events = case.get("events") or [{"type": "Event"}]
    guessed = _named(case["pattern"])
    declared = [f"  {name}: {_type(field, events, guessed)}" for field, name in fields.items()]
    order = ", ".join(_order(case, fields))
    ties = f" order by {order}" if order else ""
    lateness = " lateness 365d" if case["kind"] == "stream" else ""
    return "\n".join([f"event {EVENT} {{", *declared, "  ts: timestamp", f"}} time ts{ties}{lateness}"])


def _nullable(case: Case, fields: Mapping[str, str]) -> frozenset[str]:
    """The names in the language of fields that may be null."""
    events, guessed = case.get("events") or [{"type": "Event"}], _named(case["pattern"])
    return frozenset(name for field, name in fields.items() if _type(field, events, guessed).endswith("?"))


def _type(field: str, events: list[Mapping[str, Any]], guessed: Mapping[str, str]) -> str:
    if field == "ts":
        return "int"
    values = [event.get(field) for event in events]
    mark = "?" if None in values else ""
    present = [value for value in values if value is not None]
    if not present:
        return guessed.get(field, "string") + mark
    if all(isinstance(value, str) for value in present):
        return f"string{mark}"
    if all(isinstance(value, bool) for value in present):
        return f"bool{mark}"
    return f"int{mark}" if all(isinstance(value, int) for value in present) else f"float{mark}"


def _order(case: Case, fields: Mapping[str, str]) -> Iterator[str]:
    for tie in case.get("tie_break") or []:
        yield fields[tie["field"]] + (" desc" if tie.get("desc") else "")


# ---------------------------------------------------------------- the rule


def _header(case: Case, fields: Mapping[str, str]) -> str:
    keys = case.get("key_by")
    by = " by " + ", ".join(fields[key] for key in keys) if keys else ""
    return f"{by} within {case['within_ms'] - 1}ms" if case.get("within_ms") else by


def _clauses(case: Case, skip: Mapping[str, Any], steps: Mapping[str, str]) -> Iterator[str]:
    strategy = skip["strategy"]
    target = skip.get("to")
    to = f" {steps.get(target, target)}" if target is not None else ""
    order = "" if strategy == "no_skip" else " in start order"
    yield f"after match skip {_SKIP[strategy]}{to}{order}"
    if case["kind"] != "invalid" and any(key.startswith("expected_timeouts") for key in case):
        yield 'on timeout emit { kind: "timeout" }'
    if not case.get("within_ms"):
        yield "unbounded"
    if _branches_without_end(case["pattern"]):
        yield "limit runs 1_000_000"


def _branches_without_end(stages: list[Stage]) -> bool:
    """Whether `any` or `combinations` stands together with an open loop."""
    return "any" in _modes_used(stages) and "open" in _modes_used(stages)


def _modes_used(stages: list[Stage]) -> set[str]:
    used = set()
    for stage in stages:
        if stage["contiguity"] == "followed_by_any" or stage["quantifier"]["inner"] == "any":
            used.add("any")
        if stage["quantifier"]["max"] is None:
            used.add("open")
        used |= _modes_used(stage.get("group") or [])
    return used
