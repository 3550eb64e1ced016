"""Every listed mutant still applies and was caught; a few are caught again here, all of them in the long part."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.listed import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.package import ROOT, run, spoilt
from tests.mutants.record import caught

CATCHES = caught()
AGAIN = ("timer before event", "skip past last off by one", "absence disarmed late", "restored start not matched")


def hunted(place: Path, mutant: Mutant, seed: int) -> str:
    return run(place, "tests.mutants.hunt", "--net", mutant.net, "--seeds", f"{seed}..{seed + 1}")


def catches(folder: Path, name: str) -> None:
    mutant, catch = MUTANTS[name], CATCHES[name]
    assert hunted(ROOT, mutant, catch.seed) == "none"
    assert hunted(spoilt(ROOT, folder, mutant), mutant, catch.seed) == f"{catch.seed} {catch.how}"


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_applies_to_the_engine_as_it_stands(name: str) -> None:
    mutant = MUTANTS[name]
    text = (ROOT / "cep" / mutant.file).read_text(encoding="utf-8")
    spoilt_text = mutant.applied(text)
    assert spoilt_text != text
    compile(spoilt_text, mutant.file, "exec")


def test_every_mutant_is_caught_within_five_thousand_pairs() -> None:
    assert len(MUTANTS) >= 40
    assert [name for name in MUTANTS if name not in CATCHES] == []
    assert all(catch.seed < 5_000 for catch in CATCHES.values())


def test_most_mutants_show_in_what_is_told_not_as_a_crash() -> None:
    crashes = [name for name, catch in CATCHES.items() if catch.how != "differs"]
    assert len(crashes) * 10 <= len(CATCHES)


@pytest.mark.parametrize("name", AGAIN)
def test_a_mutant_is_caught_again(name: str, tmp_path: Path) -> None:
    catches(tmp_path, name)


@pytest.mark.long
@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_is_caught_again(name: str, tmp_path: Path) -> None:
    catches(tmp_path, name)


def test_a_slip_whose_text_is_gone_is_told() -> None:
    mutant = Mutant("gone", "engine/run.py", "no such text", "")
    with pytest.raises(ValueError, match="stands 0 times in cep/engine/run"):
        mutant.applied("some text")
