"""A seed's rule and logs, in every way and against the reference matcher."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

from cep.language.diagnostics import CheckFailed
from cep.language.load import load_text
from cep.language.model import RuleSet
from cep.runtime.wiring import Wiring
from tests.engine.shared import drawn, ways
from tests.engine.shared.drawn import Sent
from tests.oracle import TooManyThreads
from tests.oracle.alike import act_alike

MOST_THREADS = 400
LOGS = 3


class Tally(Counter[str]):
    """Counts: pairs of a rule and a log; those with a match, with partial matches dropped at the cap, with a run by
    run outcome to compare with."""


def differences(seed: int, tally: Tally) -> Iterator[str]:
    """Where ways differ that must not; nothing for a rule that the checker refuses."""
    rng = Random(seed)
    text = drawn.rule(rng)
    try:
        rules = load_text(text, "drawn.pattern")
    except CheckFailed:
        return
    shared, one_by_one = ways.wirings(rules)
    if ways.is_shared(shared) != act_alike(rules.rules[0]):
        yield f"seed {seed}: whether it is shared is not what the notes say\n{text}"
    if not ways.is_shared(shared):
        return
    tally["rules"] += 1
    for _ in range(LOGS):
        log = drawn.log(rng, rng.choice((8, 14, 22)))
        for name in compared(rules, shared, one_by_one, log, rng, tally):
            yield f"seed {seed}: {name}\n{text}\n{log}"


def compared(
    rules: RuleSet, shared: Wiring, one_by_one: Wiring, log: Sequence[Sent], rng: Random, tally: Tally
) -> Iterator[str]:
    """The ways that differ on one log."""
    try:
        expected = ways.told_by_oracle(rules, log, MOST_THREADS)
    except TooManyThreads:
        return
    found = ways.run(shared, log)
    tally.update(pairs=1, matching=bool(found.told), limited=found.dropped > 0)
    if found.told != expected:
        yield f"the reference matcher says {expected}, found {found.told}"
    cut = ways.run(shared, log, cut=True)
    if (cut.lines, cut.opened, cut.dropped) != (found.lines, found.opened, found.dropped):
        yield "cut after every event"
    if ways.tidied(shared, log) != found:
        yield "tidied after every event"
    if ways.run(shared, log, batch=rng.choice((2, 5, len(log)))).told != found.told:
        yield "in batches"
    other = ways.run(one_by_one, log)
    if not (other.dropped or found.dropped):
        tally["run by run"] += 1
        # Where one event serves two keys, which of them comes first is not promised.
        if (sorted(other.lines), other.told, other.opened) != (sorted(found.lines), found.told, found.opened):
            yield "run by run"
