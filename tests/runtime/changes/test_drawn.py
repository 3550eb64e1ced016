"""Drawn edits of plain sequences, held against rules that make the same edit by themselves."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace

import pytest

from cep.language.load import check_text
from cep.plan.edits.verdict import Verdict
from tests.runtime.changes.drawn import (
    Drawn,
    Part,
    draw_log,
    draw_part,
    draw_rule,
    restarted,
    undisturbed,
)

SEEDS = [pytest.param(range(100)), pytest.param(range(100, 500), marks=pytest.mark.long)]
SIZE = 40


def rules_of(seed: int) -> tuple[random.Random, Drawn]:
    """The first rule of a seed that the checker takes."""
    chance = random.Random(seed)
    while True:
        drawn = draw_rule(chance)
        if not check_text(drawn.text()).failed:
            return chance, drawn


@pytest.mark.parametrize("seeds", SEEDS)
def test_an_edited_condition(seeds: range) -> None:
    verdicts: Counter[Verdict | None] = Counter()
    told = 0
    for seed in seeds:
        chance, old = rules_of(seed)
        place = chance.randrange(len(old.parts))
        edited = replace(old.parts[place], after=f"n > {chance.randrange(4)}")
        new = replace(edited, guard=edited.after or "", after=None)
        rows, cut = draw_log(chance, SIZE), chance.randrange(2, SIZE - 2)
        texts = [with_part(old, place, part).text(cut) for part in (old.parts[place], new, edited)]
        outcome = restarted(texts[0], texts[1], rows, cut)
        verdicts[outcome.verdict] += 1
        if outcome.verdict in (None, Verdict.KEEP):
            before, after = undisturbed(texts[2], rows, cut)
            assert (outcome.before, outcome.after) == (before, after), (seed, texts)
            told += len(after)
    assert verdicts[Verdict.KEEP] > 20 and verdicts[Verdict.FINISH_OLD] > 20
    assert told > 50


def with_part(drawn: Drawn, place: int, part: Part) -> Drawn:
    return replace(drawn, parts=(*drawn.parts[:place], part, *drawn.parts[place + 1 :]))


@pytest.mark.parametrize("seeds", SEEDS)
def test_another_end(seeds: range) -> None:
    """Against a rule whose new steps wait only for events behind the cut; only where nothing was complete before it,
    since what has been told is not told again."""
    verdicts: Counter[Verdict | None] = Counter()
    compared = told = 0
    for seed in seeds:
        chance, old = rules_of(seed)
        old = replace(old, skip="after match skip nothing")
        kept = chance.randrange(1, len(old.parts) + 1)
        # What the old end would have ended before the cut stays so: let it end nothing.
        end = [replace(part, link="then") for part in old.parts[kept:] if part.name]
        old = replace(old, parts=(*old.parts[:kept], *end))
        steps = [part for part in old.parts[:kept] if part.name]
        looked_at = steps[0].name if not steps[0].quantifier else None
        tail = [replace(draw_part(chance, f"t{n}", "s0"), behind=True) for n in range(chance.randrange(1, 3))]
        if looked_at is None:
            tail = [replace(part, guard="n > 1") for part in tail]
        reference = replace(old, parts=(*old.parts[:kept], *tail), trailing=None)
        new = replace(reference, parts=(*old.parts[:kept], *(replace(part, behind=False) for part in tail)))
        if check_text(new.text()).failed:
            continue
        rows, cut = draw_log(chance, SIZE), chance.randrange(2, SIZE - 2)
        outcome = restarted(old.text(), new.text(), rows, cut)
        verdicts[outcome.verdict] += 1
        if outcome.verdict is not Verdict.MIGRATE or outcome.before:
            continue
        before, after = undisturbed(reference.text(cut), rows, cut)
        if not before:
            compared += 1
            assert outcome.after == after, (seed, cut, old.text(), reference.text(cut))
            told += len(after)
    assert verdicts[Verdict.MIGRATE] > 5 and verdicts[Verdict.FINISH_OLD] > 20
    assert compared > 3 and told > 20


@pytest.mark.parametrize(("before", "after"), [(10, 30), (30, 10)])
@pytest.mark.parametrize("seeds", SEEDS)
def test_another_span_of_the_match(before: int, after: int, seeds: range) -> None:
    """Against the new span from the start, without the first events whose old span had passed at the cut."""
    told = 0
    for seed in seeds:
        chance, drawn = rules_of(seed)
        drawn = replace(drawn, skip="after match skip nothing", trailing=None)
        old, new = replace(drawn, within=before), replace(drawn, within=after)
        rows, cut = draw_log(chance, SIZE), chance.randrange(2, SIZE - 2)
        outcome = restarted(old.text(), new.text(), rows, cut)
        assert outcome.verdict is Verdict.RECOMPUTE
        _, expected = undisturbed(new.text(), rows, cut)
        now = rows[cut]["ts"]
        assert isinstance(now, int)
        expected = [line for line in expected if now <= started(line) + before * 1000]
        late = [line for line in outcome.after if started(line) + after * 1000 < now]
        assert sorted(set(outcome.after) - set(late)) == sorted(expected), (seed, cut, old.text())
        assert all(json.loads(line)["due"] for line in late)
        assert outcome.after[: len(late)] == late
        told += len(expected)
    assert told > 200


def started(line: bytes) -> int:
    """When a match began, in milliseconds of the log."""
    minute, second = json.loads(line)["start"][14:23].split(":")
    return round(int(minute) * 60_000 + float(second.rstrip("Z")) * 1000)
