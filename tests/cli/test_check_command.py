"""`cep check` from outside: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = (
    "event Pay { account: string  country: string?  amount: decimal  ts: timestamp } time ts\n"
    "rule big { match by account within 1h a: Pay where amount > 5 }\n"
)
WARNED = GOOD.replace("amount > 5", 'country == "GB"')
BAD = GOOD.replace("amount > 5", "amuont > 5")


def check(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cep.cli.main", "check", *arguments]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("good", GOOD), ("warned", WARNED), ("bad", BAD)):
        (tmp_path / f"{name}.pattern").write_text(text, encoding="utf-8")
    return tmp_path


def test_nothing_wrong_is_exit_code_0(folder: Path) -> None:
    done = check("good.pattern", folder=folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 rule in 1 file: nothing wrong\n"


def test_errors_are_exit_code_1_with_the_findings_on_standard_output(folder: Path) -> None:
    done = check("bad.pattern", folder=folder)
    assert done.returncode == 1
    assert done.stdout == (
        "bad.pattern:2:52: error[E0204]: `amuont` is no field of `Pay` and no other name known here\n"
        " 2 | rule big { match by account within 1h a: Pay where amuont > 5 }\n"
        "   |                                                    ^^^^^^\n"
        "   = help: did you mean `amount`?\n"
    )
    assert done.stderr == "0 rules in 1 file: 1 error, 0 warnings\n"


def test_warnings_fail_only_a_strict_check(folder: Path) -> None:
    assert check("warned.pattern", folder=folder).returncode == 0
    assert check("warned.pattern", "--strict", folder=folder).returncode == 1


@pytest.mark.parametrize("path", ["missing.pattern", "missing/", "good.pattern::bigg"])
def test_a_path_or_rule_that_does_not_exist_is_exit_code_2(path: str, folder: Path) -> None:
    done = check(path, folder=folder)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_no_path_is_a_usage_error(folder: Path) -> None:
    assert check(folder=folder).returncode == 2


def test_json_for_machines(folder: Path) -> None:
    done = check("bad.pattern", "--output", "json", folder=folder)
    assert done.returncode == 1
    assert [found["code"] for found in json.loads(done.stdout)["findings"]] == ["E0204"]


def test_github_annotations(folder: Path) -> None:
    done = check("bad.pattern", "--output", "github", folder=folder)
    assert done.stdout.startswith("::error file=bad.pattern,line=2,col=52,endColumn=58,title=E0204::")


def test_findings_go_to_a_file_where_asked(folder: Path) -> None:
    done = check("bad.pattern", "--output", "json", "--out", "found.json", folder=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads((folder / "found.json").read_text(encoding="utf-8"))["errors"] == 1
    assert check("bad.pattern", "--out", "no/such/folder.txt", folder=folder).returncode == 2


def test_one_rule_can_be_checked_alone(folder: Path) -> None:
    assert check("good.pattern::big", folder=folder).returncode == 0


def test_start_up_loads_nothing_that_a_check_does_not_need(folder: Path) -> None:
    script = (
        "import sys; from cep.cli.main import entry\n"
        "sys.argv = ['cep', 'check', 'good.pattern']\n"
        "try: entry()\n"
        "finally: print(*sorted({name.partition('.')[0] for name in sys.modules} & {'rich', 're2', 'yaml', 'lark'}),\n"
        "              *(m for m in sys.modules if m.startswith(('cep.plan.', 'cep.engine', 'cep.runtime'))))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (0, "\n")
