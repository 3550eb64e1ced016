"""Every listed mutant still applies and was caught; a few are caught again here, all of them in the long part."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.mutants.listed import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.package import ROOT, generator, run, spoilt
from tests.mutants.record import caught, recorded

CATCHES = caught()
AGAIN = ("header within exclusive", "skip past last off by one", "greedy off", "restored run not reported")
FEW = "0..400"
"""Seeds among which the first pairs under any generator catch the mutants of `AGAIN`."""


@cache
def unspoilt(net: str, seeds: str) -> str:
    return run(ROOT, "tests.mutants.hunt", "--net", net, "--seeds", seeds)


def hunted(folder: Path, mutant: Mutant, seeds: str) -> str:
    place = spoilt(ROOT, folder / "spoilt", mutant)
    return run(place, "tests.mutants.hunt", "--net", mutant.net, "--seeds", seeds)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_applies_to_the_engine_as_it_stands(name: str) -> None:
    mutant = MUTANTS[name]
    text = (ROOT / "cep" / mutant.file).read_text(encoding="utf-8")
    spoilt_text = mutant.applied(text)
    assert spoilt_text != text
    compile(spoilt_text, mutant.file, "exec")


@pytest.mark.long
def test_every_mutant_is_caught_within_five_thousand_pairs() -> None:
    assert len(MUTANTS) >= 40
    assert [name for name in MUTANTS if name not in CATCHES] == []
    assert all(catch.seed < 5_000 for catch in CATCHES.values())


def test_most_mutants_show_in_what_is_told_not_as_a_crash() -> None:
    crashes = [name for name, catch in CATCHES.items() if catch.how != "differs"]
    assert len(crashes) * 10 <= len(CATCHES)


@pytest.mark.parametrize("name", AGAIN)
def test_a_mutant_is_caught_again_by_the_first_pairs(name: str, tmp_path: Path) -> None:
    assert hunted(tmp_path, MUTANTS[name], FEW) != "none"


@pytest.mark.long
def test_the_seeds_are_those_of_the_generator_as_it_stands() -> None:
    assert recorded()["generator"] == generator(ROOT), "run `python -m tests.mutants`: the seeds stand for other pairs"


@pytest.mark.long
@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_is_caught_again_by_its_seed(name: str, tmp_path: Path) -> None:
    mutant, catch = MUTANTS[name], CATCHES[name]
    seeds = f"{catch.seed}..{catch.seed + 1}"
    assert unspoilt(mutant.net, seeds) == "none"
    assert hunted(tmp_path, mutant, seeds) == f"{catch.seed} {catch.how}"


def test_a_slip_whose_text_is_gone_is_told() -> None:
    mutant = Mutant("gone", "engine/run.py", "no such text", "")
    with pytest.raises(ValueError, match="stands 0 times in cep/engine/run"):
        mutant.applied("some text")
