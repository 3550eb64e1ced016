"""`--log json`: an object a line, and nothing else on standard error."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from cep.cli.client_log import CLIENT, Quieter, client_heard
from cep.cli.interruption import Interruption
from cep.cli.run_options import RunOptions
from cep.cli.run_session import RunSession
from cep.cli.telling import speaking, tell, tell_text, warn
from cep.runtime.notice import Notice

FIELDS = ["time", "level", "code", "job", "worker", "shard", "message"]


def entries(text: str) -> list[dict[str, Any]]:
    """The lines of a log."""
    found = [json.loads(line) for line in text.splitlines()]
    assert all(list(entry)[:7] == FIELDS for entry in found)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"]) for entry in found)
    return found


def run(capfd: pytest.CaptureFixture[str], *targets: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the log of a run."""
    with speaking("json"), Interruption() as interruption:
        code = RunSession(RunOptions(targets), interruption, as_json=False, out=None).run()
    return code, entries(capfd.readouterr().err)


def test_a_run_ends_with_its_summary(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, log = run(capfd, "job.yaml")
    assert code == 0
    assert log[-1]["job"] == "shop"
    assert log[-1]["message"].endswith("Z") and " events in " in log[-1]["message"]
    assert log[-1]["summary"]["events"] == 210
    assert {entry["level"] for entry in log} == {"info"}


def test_an_error_has_its_code_place_and_fix(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, log = run(capfd, "no.yaml")
    assert (code, len(log)) == (2, 1)
    assert (log[0]["level"], log[0]["code"], log[0]["place"]) == ("error", "C0210", "no.yaml")
    assert log[0]["fix"]


def test_findings_are_lines_too(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (shop / "job.yaml").write_text("rulez: [a]\nsources: {A: {fil: b}}\n", encoding="utf-8")
    code, log = run(capfd, "job.yaml")
    assert code == 2
    assert [(entry["code"], entry["place"]) for entry in log[:1]] == [("C0205", "job.yaml:1:1")]


def test_a_notice_bears_its_shard_and_code(capfd: pytest.CaptureFixture[str]) -> None:
    with speaking("json", worker=2):
        tell(Notice("shard 3 waits", "warning", "C0316", 3))
        warn("a plain warning")
        tell_text("first\n  second", summary={"events": 1})
    first, second, third = entries(capfd.readouterr().err)
    assert (first["level"], first["code"], first["shard"], first["worker"]) == ("warning", "C0316", 3, 2)
    assert (second["level"], second["message"]) == ("warning", "a plain warning")
    assert (third["message"], third["summary"]) == ("first", {"events": 1})


def test_as_text_it_is_as_it_was_and_workers_bear_their_numbers(capfd: pytest.CaptureFixture[str]) -> None:
    tell("something")
    warn("something else")
    with speaking("text", worker=1):
        tell("something")
        tell_text("1 event\n  more", summary={})
    assert capfd.readouterr().err.splitlines() == [
        "cep: something",
        "cep: warning: something else",
        "cep[1]: something",
        "cep[1]: 1 event",
        "  more",
    ]


def test_what_the_client_says_is_said_so_too(capfd: pytest.CaptureFixture[str]) -> None:
    with speaking("json"), client_heard():
        logging.getLogger(CLIENT).error("FAIL %s", "something")
        logging.getLogger(CLIENT).info("nobody wants to know")
    (entry,) = entries(capfd.readouterr().err)
    assert (entry["level"], entry["code"], entry["message"]) == ("warning", "C0347", "FAIL something")


def test_what_the_client_tells_by_the_hundred_is_said_once_a_minute(capfd: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    log = logging.Logger("client")
    log.addHandler(Quieter(lambda: now))
    for tried in range(300):
        log.error("connecting failed after %d ms", tried)
    log.error("another")
    now = 61.0
    for tried in range(300):
        log.error("connecting failed after %d ms", tried)
    assert capfd.readouterr().err.splitlines() == [
        "cep: warning: connecting failed after 0 ms",
        "cep: warning: another",
        "cep: warning: connecting failed after 0 ms (told 299 more times in the last minutes)",
    ]
