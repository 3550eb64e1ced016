"""The ways in which a drawn pair is run, and whether the engine parts from what is expected."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Literal as OneOf

from cep.api import CheckFailed
from cep.language.model import RuleSet
from tests.generated import engine
from tests.generated.engine import Compiled, Outcome
from tests.generated.expected import Expected, expected
from tests.generated.pairs import Kind, Pair, checked, draw
from tests.generated.verdict import against_oracle
from tests.mutants.cases import CASES

PATIENCE = 10.0
"""Seconds after which a spoilt engine counts as caught on a pair: it does not come to an end."""


Verdict = OneOf["agrees", "differs", "fails", "hangs"]


@dataclass(frozen=True, slots=True)
class Case:
    """A seed's pair and what the oracle says of it."""

    seed: int
    pair: Pair
    rules: RuleSet
    expected: Expected


def case(seed: int, net: str) -> Case:
    """The case of a seed; of `cases`, of a place in their list."""
    if net == "cases":
        rules = checked(CASES[seed].text)
        return Case(seed, CASES[seed], rules, expected(CASES[seed], rules))
    kinds: tuple[Kind, ...] = ("full", "deep")
    drawn = draw(seed, next((kind for kind in kinds if kind in net), "sequences"))
    return Case(seed, drawn.pair, drawn.ruleset, drawn.expected)


def verdict(case: Case, net: str) -> Verdict:
    """Whether the engine agrees with the oracle. A rule that it does not execute yet says nothing."""
    try:
        with _limited():
            outcome = _way(net)(engine.compiled(case.pair), case.pair)
            return "differs" if list(against_oracle(outcome, case.expected, case.rules)) else "agrees"
    except CheckFailed:
        return "agrees"
    except TimeoutError:
        return "hangs"
    except Exception:
        return "fails"


def _way(net: str) -> Callable[[Compiled, Pair], Outcome]:
    if net.startswith("restart"):
        return lambda rules, pair: engine.restored(rules, pair, lambda _: True)
    return engine.indexed if net == "indexed" else engine.one_by_one


@contextmanager
def _limited() -> Iterator[None]:
    """Raises `TimeoutError` in a block that takes longer than `PATIENCE`."""

    def give_up(_: int, __: FrameType | None) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
