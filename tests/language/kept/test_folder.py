"""The folder of kept outcomes: nothing in it is trusted that is not whole and the user's own, and none is needed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cep.language.kept.folder import Folder
from cep.language.kept.packing import pack
from tests.language.kept.reading import cache_in, check, facts

RULES = """\
event Pay { account: string  amount: decimal  ts: timestamp } time ts
rule a { match by account within 1h a: Pay where amount > 5 let x = a.amount }
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one file that a check has kept."""
    monkeypatch.chdir(tmp_path)
    Path("a.pattern").write_text(RULES)
    check(["a.pattern"], tmp_path / "cache")
    (found,) = (tmp_path / "cache" / "cep" / "checked").iterdir()
    assert found.stat().st_mode & 0o777 == 0o600
    assert found.parent.stat().st_mode & 0o777 == 0o700
    return found


def is_parsed(kept: Path) -> bool:
    """Whether a check parses the file; it has to find the same in any case."""
    found, parsed = check(["a.pattern"], kept.parents[2])
    assert facts(found) == facts(check(["a.pattern"], None)[0])
    return parsed == ["a.pattern"]


def test_what_is_whole_is_used(kept: Path) -> None:
    assert not is_parsed(kept)


@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_file_is_not_used_and_is_written_anew(kept: Path, seed: int) -> None:
    whole = kept.read_bytes()
    place = seed * len(whole) // 30
    kept.write_bytes(whole[:place] if seed % 2 else whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert is_parsed(kept)
    assert not is_parsed(kept)


@pytest.mark.parametrize("value", [None, ("a",), [1, 2]])
def test_a_file_that_holds_something_else_is_not_used(kept: Path, value: object) -> None:
    Folder(kept.parent).write(kept.name, pack(value))
    assert is_parsed(kept)


def test_a_folder_or_file_that_others_may_write_is_not_used(kept: Path) -> None:
    kept.chmod(0o622)
    assert is_parsed(kept)
    assert not is_parsed(kept)
    kept.parent.chmod(0o777)
    assert is_parsed(kept)
    assert is_parsed(kept)


def test_a_link_is_not_followed(kept: Path) -> None:
    elsewhere = kept.parents[2] / "elsewhere"
    kept.rename(elsewhere)
    kept.symlink_to(elsewhere)
    assert is_parsed(kept)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="owners of files")
def test_what_belongs_to_another_is_not_used(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert is_parsed(kept)


def test_without_a_place_to_write_all_is_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.pattern").write_text(RULES)
    Path("file").write_text("no folder")
    for place in (None, tmp_path / "file"):
        assert [check(["a.pattern"], place)[1] for _ in range(2)] == [["a.pattern"]] * 2

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    with cache_in(None):
        monkeypatch.delenv("XDG_CACHE_HOME")
        assert check(["a.pattern"], None)[0].number == 1
    assert capfd.readouterr() == ("", "")


def test_the_oldest_go_where_the_folder_outgrows_its_bound(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "checked", bound=10_000)
    for number in range(20):
        folder.write(f"f{number}", bytes(968))
        os.utime(tmp_path / "checked" / f"f{number}", (number, number))
    folder.sweep()
    assert sorted(path.name for path in (tmp_path / "checked").iterdir()) == sorted(
        f"f{number}" for number in range(13, 20)
    )


def test_other_code_has_outcomes_of_its_own(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cep.language.kept.shelf.stamp", lambda: b"another version")
    assert is_parsed(kept)
    assert len(list(kept.parent.iterdir())) == 2
