"""A rule and a log from a seed, and what the oracle says about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from cep.language.diagnostics import CheckFailed, Severity
from cep.language.load import load_text
from cep.language.model import RuleSet
from tests.generated import logs, rules
from tests.generated.draft import LISTED, Declarations, Rule
from tests.generated.logs import Log, Sent
from tests.oracle import OracleEvent, Report, TooManyThreads
from tests.oracle import run as run_oracle

SOURCE = "drawn"
MILLISECOND = 1_000
ATTEMPTS = 60
LOGS = 4
MOST_THREADS = 250


@dataclass(frozen=True, slots=True)
class Pair:
    """A rule file and a log."""

    declarations: Declarations
    rule: Rule
    log: Log

    @property
    def text(self) -> str:
        """The rule file."""
        return self.declarations.text() + "\n" + self.rule.text()


@dataclass(slots=True)
class Drawn:
    """What a seed stands for. `refused`: codes of the diagnostics that made a rule be drawn anew."""

    pair: Pair
    refused: list[str] = field(default_factory=list)


def draw(seed: int, full: bool = False) -> Drawn:
    """The pair of a seed. Rules that the checker refuses are drawn anew; so are some logs without a match."""
    rng = Random(seed)
    refused: list[str] = []
    for _ in range(ATTEMPTS):
        declarations = rules.declarations(rng)
        pair = Pair(declarations, rules.rule(rng, full), Log((), None))
        ruleset = check(pair, refused)
        drawn = _with_log(rng, pair, ruleset) if ruleset is not None else None
        if drawn is not None:
            return Drawn(drawn, refused)
    raise RuntimeError(f"seed {seed}: no rule that the checker takes, because of {sorted(set(refused))}")


def check(pair: Pair, refused: list[str] | None = None) -> RuleSet | None:
    """The checked rule, None if it is refused; the codes go to `refused`."""
    try:
        return load_text(pair.text, "drawn.pattern")
    except CheckFailed as failed:
        if refused is not None:
            refused += [d.code for d in failed.diagnostics if d.severity is Severity.ERROR]
        return None


def _with_log(rng: Random, pair: Pair, ruleset: RuleSet) -> Pair | None:
    """The rule with a log, with a match if one of a few has one; None where the rule branches without measure."""
    late = rng.random() < 0.3
    chosen: Pair | None = None
    for _ in range(LOGS):
        drawn = Pair(pair.declarations, pair.rule, logs.draw(rng, pair.rule, late))
        try:
            matches = expected(drawn, ruleset).report.matches
        except TooManyThreads:
            continue
        chosen = drawn
        if matches:
            break
    return chosen


@dataclass(frozen=True, slots=True)
class Expected:
    """The oracle's report, the offsets of the events that came too late, and of those of them of the rule's types."""

    report: Report
    late: tuple[int, ...]
    late_seen: tuple[int, ...]


def expected(pair: Pair, ruleset: RuleSet) -> Expected:
    """What the language page says about a pair."""
    in_time, late = split_late(pair)
    in_time.sort(key=lambda entry: (entry[1].time, _order(pair.declarations, entry[1]), entry[0]))
    events = [_event(index, sent) for index, sent in in_time]
    end = pair.log.end
    times = {} if end is None else {"advance": end * MILLISECOND}
    report = run_oracle(ruleset.rules[0], ruleset, events, lists={"listed": LISTED}, most_threads=MOST_THREADS, **times)
    seen = tuple(index for index in late if pair.log.events[index].event in ruleset.rules[0].events)
    return Expected(report, tuple(late), seen)


def split_late(pair: Pair) -> tuple[list[tuple[int, Sent]], list[int]]:
    """The events in time with their offsets, and the offsets of the late ones."""
    in_time: list[tuple[int, Sent]] = []
    late: list[int] = []
    greatest: int | None = None
    for index, sent in enumerate(pair.log.events):
        if greatest is not None and sent.time < greatest - pair.declarations.lateness:
            late.append(index)
        else:
            in_time.append((index, sent))
        greatest = sent.time if greatest is None else max(greatest, sent.time)
    return in_time, late


def _order(declarations: Declarations, sent: Sent) -> tuple[int, ...]:
    """The values of `order by`; a type without it comes first."""
    if declarations.order is None or sent.event not in declarations.ordered:
        return ()
    values = []
    for part in declarations.order.split(","):
        name, _, direction = part.strip().partition(" ")
        values.append(-sent.data[name] if direction else sent.data[name])
    return tuple(values)


def _event(index: int, sent: Sent) -> OracleEvent:
    time = sent.time * MILLISECOND
    return OracleEvent(sent.event, time, sent.data | {"ts": time}, (SOURCE, 0, index))
