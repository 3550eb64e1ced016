"""`cep fmt`: what it writes, what it leaves alone, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cep.cli.fmt import fmt

UGLY = "rule r{match by k a:T where x>1   then b : T}\n"
NEAT = "rule r {\n  match by k\n    a: T where x > 1\n    then b: T\n}\n"


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(fmt)
    return made


def test_files_are_rewritten_in_place_and_then_left_alone(tmp_path: Path, runner: CliRunner) -> None:
    (tmp_path / "deep").mkdir()
    ugly, neat = tmp_path / "a.pattern", tmp_path / "deep" / "b.pattern"
    ugly.write_text(UGLY)
    neat.write_text(NEAT)
    ugly.chmod(0o640)
    result = runner.invoke(app(), [str(tmp_path)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "2 files: 1 changed, 1 left alone" in result.stderr
    assert ugly.read_text() == neat.read_text() == NEAT
    assert ugly.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["a.pattern", "b.pattern"]
    assert "0 changed, 2 left alone" in runner.invoke(app(), [str(tmp_path)]).stderr


def test_check_changes_nothing_and_names_what_would_change(tmp_path: Path, runner: CliRunner) -> None:
    file = tmp_path / "a.pattern"
    file.write_text(UGLY)
    result = runner.invoke(app(), ["--check", str(file)])
    assert (result.exit_code, result.stdout) == (1, f"{file}\n")
    assert file.read_text() == UGLY
    file.write_text(NEAT)
    assert runner.invoke(app(), ["--check", str(file)]).exit_code == 0


def test_a_file_that_does_not_parse_is_left_alone_and_the_others_are_not(tmp_path: Path, runner: CliRunner) -> None:
    broken, ugly = tmp_path / "a.pattern", tmp_path / "b.pattern"
    broken.write_text("rule r { match by k a: T where x = 1 }\n")
    ugly.write_text(UGLY)
    result = runner.invoke(app(), [str(tmp_path)])
    assert result.exit_code == 1
    assert "E0102" in result.stderr
    assert broken.read_text() == "rule r { match by k a: T where x = 1 }\n"
    assert ugly.read_text() == NEAT


def test_line_ends_are_kept_and_the_byte_order_mark_is_not(tmp_path: Path, runner: CliRunner) -> None:
    file = tmp_path / "a.pattern"
    file.write_bytes(b"\xef\xbb\xbf" + UGLY.replace("then", "\n then").replace("\n", "\r\n").encode())
    assert runner.invoke(app(), [str(file)]).exit_code == 0
    assert file.read_bytes() == NEAT.replace("\n", "\r\n").encode()
    assert runner.invoke(app(), ["--check", str(file)]).exit_code == 0


def test_a_link_is_followed(tmp_path: Path, runner: CliRunner) -> None:
    target, link = tmp_path / "a.pattern", tmp_path / "link.pattern"
    target.write_text(UGLY)
    link.symlink_to(target)
    assert runner.invoke(app(), [str(link)]).exit_code == 0
    assert link.is_symlink()
    assert target.read_text() == NEAT


@pytest.mark.parametrize("content", [None, b"\xff\xfe rule"])
def test_what_cannot_be_read_is_a_message_and_exit_code_2(
    tmp_path: Path, runner: CliRunner, content: bytes | None
) -> None:
    file = tmp_path / "a.pattern"
    if content is not None:
        file.write_bytes(content)
    result = runner.invoke(app(), [str(file)])
    assert result.exit_code == 2
    assert str(file) in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_without_rule_files_is_exit_code_2(tmp_path: Path, runner: CliRunner) -> None:
    result = runner.invoke(app(), [str(tmp_path)])
    assert result.exit_code == 2
    assert "there is no rule file" in result.stderr


def test_standard_input_goes_to_standard_output(runner: CliRunner) -> None:
    assert runner.invoke(app(), ["-"], input=UGLY).stdout == NEAT
    assert runner.invoke(app(), ["--check", "-"], input=UGLY).exit_code == 1
    assert runner.invoke(app(), ["--check", "-"], input=NEAT).exit_code == 0
    assert runner.invoke(app(), ["-"], input="rule").exit_code == 1
