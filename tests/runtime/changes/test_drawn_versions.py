"""An old version finishes what it has begun, and no more: drawn rules of the whole language, followed by themselves
under another name. Together both versions tell what one rule tells that runs through."""

from __future__ import annotations

from collections import Counter

import pytest

from cep.api import Alert
from cep.language.model import Absence, RuleSet, Step
from cep.plan.edits.meaning import nodes
from cep.plan.edits.verdict import Verdict
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.output import Output
from cep.runtime.shard import Shard
from tests.generated.engine import Compiled, Raw, _chunk, compiled, records
from tests.generated.expected import MILLISECOND
from tests.generated.pairs import Pair, checked, draw

SEEDS = [pytest.param(range(0, 600, 3)), pytest.param(range(3_000, 3_600), marks=pytest.mark.long)]
RENAMED = "followed"

Told = tuple[object, ...]


class Followed:
    """The pair's rule under another name."""

    def __init__(self, pair: Pair, name: str) -> None:
        assert pair.text.count(f"rule {name} ") == 1
        self.text = pair.text.replace(f"rule {name} ", f"rule {RENAMED} ")
        self.log = pair.log


def told(alert: Alert) -> Told:
    events = tuple((event.step, event.source) for event in alert.events)
    return alert.kind, alert.at, tuple(alert.key.values()), events, alert.due, alert.start


def is_comparable(ruleset: RuleSet) -> bool:
    """Whether what a first event brings about does not depend on other first events, and nothing before it counts."""
    rule = ruleset.rules[0]
    leading = isinstance(rule.items[0].node, Absence)
    plain = rule.skip.kind == "nothing" and rule.suppress is None and rule.limit_runs is None
    return plain and not leading


def play(rules: Compiled, rows: list[Raw], end: int | None, shard: Shard | None = None) -> list[Alert]:
    shard = shard or Shard(rules.wiring, rules.values)
    out = Output()
    for row in rows:
        out.add(shard.push([_chunk(row.place, [row])]))
    out.add(shard.finish() if end is None else shard.advance(end * MILLISECOND))
    return list(out.alerts)


def followed(pair: Pair, name: str, rows: list[Raw], cut: int) -> tuple[ChangeReport, list[Alert], list[Alert], int]:
    """The verdicts, the alerts up to the cut and those behind it, and up to when events had been handed over."""
    first = compiled(pair)
    shard = Shard(first.wiring, first.values)
    before = Output()
    for row in rows[:cut]:
        before.add(shard.push([_chunk(row.place, [row])]))
    second = compiled(Followed(pair, name))
    next_shard = Shard(second.wiring, second.values)
    report = next_shard.restore(shard.snapshot())
    handed = shard.lanes[0].handed
    return report, list(before.alerts), play(second, rows[cut:], pair.log.end, next_shard), handed


@pytest.mark.parametrize("seeds", SEEDS)
def test_an_old_version_and_its_successor_tell_together_what_one_rule_tells(seeds: range) -> None:
    finishing = compared = 0
    for seed in seeds:
        drawn = draw(seed)
        pair, ruleset = drawn.pair, checked(drawn.pair.text)
        name = ruleset.rules[0].name
        rows = list(records(pair))
        cut = len(rows) // 2
        report, before, after, handed = followed(pair, name, rows, cut)
        verdicts = {change.rule: change.verdict for change in report.changes}
        assert verdicts == {name: Verdict.FINISH_OLD, RENAMED: Verdict.FRESH}
        finishing += any(alert.rule == name for alert in after)
        for alert in after:
            assert alert.rule == RENAMED or alert.start < handed, seed
        if not is_comparable(ruleset):
            continue
        compared += 1
        whole = Counter(map(told, play(compiled(pair), rows, pair.log.end)))
        whole.subtract(map(told, before))
        whole.subtract(map(told, after))
        missing = [found for found, count in whole.items() if count > 0]
        assert min(whole.values(), default=0) >= 0, seed
        # A threshold at the head that was not filled is no partial match, and begins anew.
        if not any(isinstance(node, Step) and node.having is not None for node in nodes(ruleset.rules[0].items)):
            assert missing == [], seed
        assert all(start < handed for *_, start in missing), seed  # type: ignore[operator]
    assert finishing > len(seeds) // 10 and compared > len(seeds) // 10
