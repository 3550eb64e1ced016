"""The cache of the parse tables: quiet, safe to lose, never required."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cep.language.tables import load_tables


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load_tables.cache_clear()
    yield tmp_path / "cep"
    load_tables.cache_clear()


def test_built_once_then_read_from_the_users_cache(cache: Path, capfd: pytest.CaptureFixture[str]) -> None:
    built = load_tables()
    (file,) = cache.iterdir()
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.stat().st_mtime_ns
    load_tables.cache_clear()
    assert load_tables() == built
    assert file.stat().st_mtime_ns == written
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", ["", '{"start": 0, "words": []}', "\x00\xff"])
def test_a_spoilt_file_is_built_anew(cache: Path, content: str) -> None:
    built = load_tables()
    (file,) = cache.iterdir()
    file.write_text(content, "latin-1")
    load_tables.cache_clear()
    assert load_tables() == built
    assert len(file.read_bytes()) > 10_000


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    load_tables.cache_clear()
    assert load_tables().productions
    load_tables.cache_clear()


def test_a_folder_that_cannot_be_made_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cep").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load_tables.cache_clear()
    assert load_tables().productions
    load_tables.cache_clear()
    assert [path.name for path in tmp_path.iterdir()] == ["cep"]
    assert capfd.readouterr() == ("", "")
