"""What `cep run` runs beside its rules: another version of them, compared alert by alert."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cep.cli.run_rules import Loaded, wired
from cep.cli.run_state import finder
from cep.connectors.files import Input, declared_anew
from cep.runtime.changeover.live import change_over
from cep.runtime.changeover.report import ChangeReport
from cep.runtime.shadow.beside import ShadowRun
from cep.runtime.shard import Shard
from cep.runtime.wiring import Wiring

if TYPE_CHECKING:
    from cep.runtime.shadow.comparison import Comparison, Difference, Example, RuleDifference

_NAMED = 8
"""How many rules are shown."""


def shadow_run(now: Loaded, inputs: Sequence[Input]) -> ShadowRun | None:
    """The shadow of a job at the beginning of a run. Raises `CheckFailed` and `ConfigurationError`."""
    if now.shadow is None:
        return None
    wiring = _wired(now.shadow, inputs)
    return ShadowRun(Shard(wiring, now.shadow.values, redact=now.shadow.names), _comparison(now), finder(now.job))


def shadow_changed(
    now: Loaded, inputs: Sequence[Input], before: ShadowRun | None, live: Shard
) -> tuple[ShadowRun | None, ChangeReport]:
    """The shadow of a job whose rules change under way: it goes on from its own state, or else from that of the live
    rules. A change of either side begins another comparison. Raises `CheckFailed` and what `change_over` raises."""
    if now.shadow is None:
        return None, ChangeReport()
    find = finder(now.job)
    comparison = _comparison(now)
    if before is not None and before.comparison.versions[1] == comparison.versions[1]:
        return ShadowRun(before.shard, comparison, find), ChangeReport()
    wiring = _wired(now.shadow, inputs)
    shard = live if before is None else before.shard
    after, report = change_over(shard, wiring, now.shadow.values, redact=now.shadow.names, allow_reset=True, find=find)
    return ShadowRun(after, comparison, find), report


def _wired(shadow: Loaded, inputs: Sequence[Input]) -> Wiring:
    """Its rules over the inputs, none of them live. Raises `CheckFailed` and `ConfigurationError`."""
    return replace(wired(shadow.rules, declared_anew(shadow.job, shadow.rules, inputs)), shadow=True)


def _comparison(now: Loaded) -> Comparison:
    # imported late: most runs have no shadow, and each module counts until the first alert
    from cep.runtime.shadow.comparison import Comparison

    assert now.shadow is not None
    return Comparison(now.version().mark, now.shadow.version().mark)


def difference_json(found: Difference) -> dict[str, object]:
    """A comparison as plain values."""
    both, live, shadow = found.totals
    return {
        "live_version": found.live,
        "shadow_version": found.shadow,
        "both": both,
        "live_alone": live,
        "shadow_alone": shadow,
        "unsettled": found.unsettled,
        "rules": {rule: _rule_json(of) for rule, of in found.rules.items()},
    }


def _rule_json(of: RuleDifference) -> dict[str, object]:
    return {
        "both": of.both,
        "live_alone": of.live,
        "shadow_alone": of.shadow,
        "live_examples": [_example_json(example) for example in of.live_examples],
        "shadow_examples": [_example_json(example) for example in of.shadow_examples],
    }


def _example_json(example: Example) -> dict[str, str]:
    return {"alert_id": example.alert_id, "key": example.key}


def difference_lines(found: Difference) -> Iterator[str]:
    """A comparison for people: how many, and for each rule that differs what is told by one side alone."""
    both, live, shadow = found.totals
    yield (
        f"  compared     {both + live + shadow:>11,}   with the shadow rules: {both:,} of both, "
        f"{live:,} of the live rules alone, {shadow:,} of the shadow rules alone"
    )
    differing = [(rule, of) for rule, of in found.rules.items() if of.differs]
    for rule, of in differing[:_NAMED]:
        yield f"    {rule}: {of.both:,} of both, {of.live:,} live alone, {of.shadow:,} shadow alone"
        for side, examples in (("live", of.live_examples), ("shadow", of.shadow_examples)):
            for example in examples:
                yield f"      {side:<6}  {example.alert_id}  {example.key}"
    if len(differing) > _NAMED:
        yield f"    and {len(differing) - _NAMED} more rules that differ"
    if found.unsettled:
        yield f"    {found.unsettled:,} waited too long for their like, and may have had one"
