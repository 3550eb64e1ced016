"""The wheel, installed in a clean environment outside the tree with its declared dependencies alone, does its work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULES = """\
event Pay { id: string  amount: decimal  ts: timestamp } time ts
rule twice {
  severity high
  match by id within 10m
    a: Pay
    then b: Pay where amount == a.amount
  emit { id, amount: b.amount }
}
test "the same amount within ten minutes" for twice {
  00:00 Pay { id: "a", amount: 5.00 }
  00:10 Pay { id: "a", amount: 5.00 }
  expect match { amount: 5.00 }
}
"""
JOB = "rules: [rules.pattern]\nsources: {pays: {file: events.jsonl, type_field: type}}\n"
EVENTS = '{"type":"Pay","id":"a","amount":5.00,"ts":0}\n{"type":"Pay","id":"a","amount":5.00,"ts":600000}\n'


def closure(name: str, found: dict[str, Path]) -> dict[str, Path]:
    """Top-level files and folders of an installed distribution and of all it requires without extras."""
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return found  # a requirement of another platform or Python
    for requirement in installed.requires or ():
        needed = re.split(r"[^A-Za-z0-9._-]", requirement)[0]
        if "extra ==" not in requirement and not any(key.startswith(f"{needed}/") for key in found):
            found[f"{needed}/"] = Path()
            closure(needed, found)
    if name != "cep-engine":
        tops = {file.parts[0] for file in installed.files or () if file.parts[0] not in ("..", "__pycache__")}
        found.update({top: Path(str(installed.locate_file(top))) for top in tops})
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment's commands, with the wheel and nothing but its requirements in it."""
    folder = tmp_path_factory.mktemp("clean")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    where = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(where, check=True, stdout=subprocess.PIPE, text=True).stdout.strip())
    for top, target in closure("cep-engine", {}).items():
        if not top.endswith("/"):
            (packages / top).symlink_to(target)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel)], check=True)
    return python.parent


def cep(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder that knows nothing of the tree."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(installed / "cep"), *arguments], cwd=folder, env=known, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_the_grammar_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"cep/grammar/pattern.lark", "cep/grammar/tables.json"} <= set(names)
    assert "cep/py.typed" in names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"cep", "cep_engine"}


def test_check_test_and_run_in_a_clean_environment(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.pattern").write_text(RULES)
    (tmp_path / "events.jsonl").write_text(EVENTS)
    (tmp_path / "job.yaml").write_text(
        "rules: [rules.pattern]\nsources: {pays: {file: events.jsonl, type_field: type}}\n"
    )
    where = [str(installed / "python"), "-c", "import cep; print(cep.__file__)"]
    own = subprocess.run(where, cwd=tmp_path, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert str(installed.parent) in own

    checked = cep(installed, tmp_path, "check", "rules.pattern")
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr
    tested = cep(installed, tmp_path, "test", "rules.pattern")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    ran = cep(installed, tmp_path, "run", "rules.pattern", "--from", "events.jsonl")
    assert ran.returncode == 0, ran.stderr
    assert [json.loads(line)["fields"] for line in ran.stdout.splitlines()] == [{"id": "a", "amount": 5.0}]
    assert cep(installed, tmp_path, "run", "job.yaml", "--to", "-").stdout.count("\n") == 1
    missing = cep(installed, tmp_path, "run", "none.pattern", "--from", "events.jsonl")
    assert missing.returncode == 2
    assert "Traceback" not in missing.stderr
