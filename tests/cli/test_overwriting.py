"""An output that would destroy what is read, or another output, is refused and nothing is touched."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cep.cli.main import application

TYPES = "event Pay { account: string  amount: decimal  ts: timestamp } time ts\nlist known: string\n"
RULES = """\
import "types.pattern"
rule big { match by account within 1h a: Pay where amount > 5 and account not in known }
test "t" for big { 00:00 Pay { account: "a", amount: 9.0 } expect match }
"""
JOB = """\
rules: [rules.pattern]
sources: {Pay: {file: events.jsonl}}
lists: {known: {file: known.txt}}
"""
FILES = {
    "types.pattern": TYPES,
    "rules.pattern": RULES,
    "events.jsonl": '{"account":"a","amount":9,"ts":1000}\n',
    "known.txt": "b\n",
    "bad.pattern": "rule {",
    "binary.pattern": "",
}
BINARY = b"\xff\xfe\x00"
RUN = ["run", "rules.pattern", "--from", "Pay=events.jsonl", "--list", "known=known.txt"]
READ_BY_RUN = ("rules.pattern", "types.pattern", "events.jsonl", "known.txt")
OUTPUTS = ("--to", "--shadow", "--late", "--dead-letters", "--out")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder with every file, which each test must leave as it was."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "binary.pattern").write_bytes(BINARY)
    monkeypatch.chdir(tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    yield tmp_path
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == before


def refused(*words: str, code: str = "C0256") -> str:
    """The message with which a command is refused."""
    done = CliRunner().invoke(application(), list(words))
    assert done.exit_code == 2, done.output
    assert f"error[{code}]: " in done.stderr
    assert "help: " in done.stderr
    return done.stderr


@pytest.mark.parametrize("name", READ_BY_RUN)
@pytest.mark.parametrize("option", OUTPUTS)
def test_no_output_of_a_run_may_be_a_file_that_it_reads(option: str, name: str) -> None:
    assert f"`{name}` is read, and would be overwritten" in refused(*RUN, option, f"./{name}")


@pytest.mark.parametrize("name", READ_BY_RUN)
def test_links_of_both_kinds_are_seen_through(name: str) -> None:
    Path("soft").symlink_to(name)
    os.link(name, "hard")
    for link in ("soft", "hard"):
        assert f"`{link}` is the same file as `{name}`, which is read" in refused(*RUN, "--to", link)


@pytest.mark.parametrize("name", ["job.yaml", *READ_BY_RUN])
@pytest.mark.parametrize("key", ["alerts", "shadow", "late", "dead_letters"])
def test_no_output_of_a_job_may_be_a_file_that_it_reads(key: str, name: str) -> None:
    text = JOB + f"{key}: {{file: {name}}}\n"
    Path("job.yaml").write_text(text)
    refused("run", "job.yaml")
    assert Path("job.yaml").read_text() == text


@pytest.mark.parametrize(
    "streams", ["--from Pay=- --to events.jsonl < events.jsonl", "--from Pay=events.jsonl >> events.jsonl"]
)
def test_redirected_streams_are_files_like_others(streams: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "CEP": f"{sys.executable} -m cep"}
    command = ["sh", "-c", f"$CEP run rules.pattern --list known=known.txt {streams}"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert done.returncode == 2
    assert "error[C0256]: " in done.stderr


def test_outputs_of_a_run_are_files_of_their_own() -> None:
    refused(*RUN, "--to", "a.jsonl", "--out", "./a.jsonl", code="C0257")
    Path("soft").symlink_to("not-made-yet")
    refused(*RUN, "--late", "not-made-yet", "--dead-letters", "soft", code="C0257")
    assert not Path("a.jsonl").exists()
    assert not Path("not-made-yet").exists()


@pytest.mark.parametrize("name", ["rules.pattern", "types.pattern"])
def test_findings_do_not_replace_rules(name: str) -> None:
    refused("check", "rules.pattern", "--out", name)
    refused("check", ".", "--out", name)
    refused("check", "rules.pattern::big", "--out", name)


@pytest.mark.parametrize("name", ["bad.pattern", "binary.pattern"])
def test_findings_do_not_replace_a_file_that_cannot_be_read(name: str) -> None:
    refused("check", name, "--out", name)
    refused("check", ".", "--out", name)


@pytest.mark.parametrize("option", ["--out", "--junit"])
@pytest.mark.parametrize("name", ["rules.pattern", "types.pattern"])
def test_results_of_tests_do_not_replace_rules(name: str, option: str) -> None:
    refused("test", "rules.pattern", option, name)


def test_both_results_of_tests_in_one_file() -> None:
    refused("test", "rules.pattern", "--out", "r.xml", "--junit", "r.xml", code="C0257")
    assert not Path("r.xml").exists()


@pytest.mark.parametrize("verb", ["explain", "graph"])
@pytest.mark.parametrize("name", ["rules.pattern", "types.pattern"])
def test_what_is_told_about_a_rule_does_not_replace_it(name: str, verb: str) -> None:
    refused(verb, "rules.pattern::big", "--out", name)


def test_a_link_that_leads_back_to_itself_cannot_be_read() -> None:
    Path("loop.jsonl").symlink_to("loop.jsonl")
    refused("run", "rules.pattern", "--from", "Pay=loop.jsonl", "--list", "known=known.txt", code="C0103")
    refused(*RUN, "--to", "loop.jsonl", code="C0115")


def test_a_device_may_be_named_twice() -> None:
    done = CliRunner().invoke(application(), [*RUN, "--to", os.devnull, "--late", os.devnull])
    assert done.exit_code == 0, done.output
