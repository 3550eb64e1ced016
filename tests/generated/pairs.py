"""A rule and a log from a seed, and what the oracle says about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
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
LOGS = 5
"""Logs, and so pairs, for each drawn rule: drawing, checking and planning one costs as much as several runs of it."""

ATTEMPTS = 60
"""How often a rule is drawn until the checker takes it."""

TRIES = 3
"""How often a log is drawn until there is a match."""

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


@dataclass(frozen=True, slots=True)
class DrawnRule:
    """A rule that the checker takes, without a log. `refused`: codes of the diagnostics that made it be drawn anew."""

    pair: Pair
    ruleset: RuleSet
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a seed stands for, and what the oracle says of it. `refused`: as of the rule, for its first seed."""

    pair: Pair
    ruleset: RuleSet
    expected: Expected
    refused: tuple[str, ...]


def draw(seed: int, full: bool = False) -> Drawn:
    """The pair of a seed, which names a rule (`seed // LOGS`) and one of its logs (`seed % LOGS`)."""
    number, log = divmod(seed, LOGS)
    rule = draw_rule(number, full)
    pair, said = _with_log(Random(f"{number} log {log}"), rule.pair, rule.ruleset)
    return Drawn(pair, rule.ruleset, said, () if log else rule.refused)


@lru_cache(maxsize=8)
def draw_rule(number: int, full: bool) -> DrawnRule:
    """The rule of a number. One that the checker refuses is drawn anew."""
    rng = Random(number)
    refused: list[str] = []
    for _ in range(ATTEMPTS):
        pair = Pair(rules.declarations(rng), rules.rule(rng, full), Log((), None))
        ruleset = check(pair, refused)
        if ruleset is not None:
            return DrawnRule(pair, ruleset, tuple(refused))
    raise RuntimeError(f"rule {number}: none that the checker takes, because of {sorted(set(refused))}")


def check(pair: Pair, refused: list[str] | None = None) -> RuleSet | None:
    """The checked rule, None if it is refused; the codes go to `refused`."""
    try:
        return checked(pair.text)
    except CheckFailed as failed:
        if refused is not None:
            refused += [d.code for d in failed.diagnostics if d.severity is Severity.ERROR]
        return None


@lru_cache(maxsize=8)
def checked(text: str) -> RuleSet:
    """The rules of a text, kept while pairs of the same rule follow one another. Raises `CheckFailed`."""
    return load_text(text, "drawn.pattern")


def _with_log(rng: Random, pair: Pair, ruleset: RuleSet) -> tuple[Pair, Expected]:
    """The rule with a log, with a match if one of a few has one."""
    late = rng.random() < 0.3
    chosen: tuple[Pair, Expected] | None = None
    for _ in range(TRIES):
        drawn = replace(pair, log=logs.draw(rng, pair.rule, late))
        said = _bounded(drawn, ruleset)
        if said is None:
            continue
        chosen = drawn, said
        if said.report.matches:
            break
    return chosen or _short(replace(pair, log=logs.draw(rng, pair.rule, late)), ruleset)


def _short(pair: Pair, ruleset: RuleSet) -> tuple[Pair, Expected]:
    """A pair of a rule that branches without measure, with as much of its log as it can bear."""
    while (said := _bounded(pair, ruleset)) is None:
        pair = replace(pair, log=Log(pair.log.events[:-2], pair.log.end))
    return pair, said


def _bounded(pair: Pair, ruleset: RuleSet) -> Expected | None:
    try:
        return expected(pair, ruleset)
    except TooManyThreads:
        return None


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
