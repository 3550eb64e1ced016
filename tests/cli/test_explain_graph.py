"""`cep explain` and `cep graph` as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

RULES = """\
event Pay { card: string  amount: decimal  ts: timestamp } time ts
rule pair { match by card within 1h  a: Pay  then b: Pay where amount > a.amount  emit { card } }
rule asleep { mode off  match by card within 1h  a: Pay  then b: Pay  emit { card } }
"""


def cep(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cep.cli.main", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pay.pattern").write_text(RULES, encoding="utf-8")
    return tmp_path


def test_an_explanation_as_text(folder: Path) -> None:
    done = cep(folder, "explain", "pay.pattern::pair")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("rule pair\n")
    assert "one captured inequality: amount > a.amount" in done.stdout


def test_an_explanation_as_json_has_the_same_values(folder: Path) -> None:
    done = cep(folder, "explain", "pay.pattern::pair", "--output", "json")
    said = json.loads(done.stdout)
    assert [state["name"] for state in said["states"]] == ["a", "b"]
    wait = said["waits"][1]
    assert (wait["source"], wait["target"], wait["guard"]) == ("a", "b", "one captured inequality")
    assert wait["ends"] == ["1h after the first event"]
    assert said["cost"]["constant"] is True
    assert said["registers"] == [{"name": "b_a_amount", "holds": "a.amount", "kept": "when a is bound"}]


def test_the_code_is_python_that_compiles(folder: Path) -> None:
    text = cep(folder, "explain", "pay.pattern::pair", "--code").stdout
    compile(text, "generated", "exec")
    assert "def take_1(run, rec):  # a -> b" in text
    assert "def on_0(" in text
    modules = json.loads(cep(folder, "explain", "pay.pattern::pair", "--code", "--output", "json").stdout)
    assert [module["name"] for module in modules] == ["<cep rule pair>", "<cep dispatch>"]
    assert all(module["text"] in text for module in modules)


def test_a_rule_that_is_off_is_explained(folder: Path) -> None:
    done = cep(folder, "explain", "pay.pattern::asleep")
    assert done.returncode == 0
    assert "version    1, off" in done.stdout


@pytest.mark.parametrize(("form", "begins"), [("ascii", "pair\n"), ("mermaid", "---\ntitle:"), ("svg", "<svg ")])
def test_a_graph_in_every_form(folder: Path, form: str, begins: str) -> None:
    done = cep(folder, "graph", "pay.pattern::pair", "--output", form)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(begins)
    assert "b: Pay" in done.stdout


def test_a_graph_into_a_file(folder: Path) -> None:
    done = cep(folder, "graph", "pay.pattern::pair", "--output", "svg", "--out", "pair.svg")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert ElementTree.parse(folder / "pair.svg").getroot().tag.endswith("svg")


@pytest.mark.parametrize("verb", ["explain", "graph"])
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["pay.pattern"], 2, "2 rules: `pair` and `asleep`; name one, as in `pay.pattern::pair`"),
        (["pay.pattern::par"], 2, "did you mean `pair`?"),
        (["none.pattern::pair"], 2, "none.pattern"),
        (["bad.pattern::wrong"], 1, "did you mean `amount`?"),
        (["events.pattern"], 2, "there is no rule in events.pattern"),
        (["pay.pattern::pair", "--out", "no/such/place"], 2, "no/such/place cannot be written"),
        (["pay.pattern::pair", "--out", "./pay.pattern"], 2, "error[C0256]"),
        (["pay.pattern::pair", "--output", "xml"], 2, "xml"),
    ],
)
def test_what_is_wrong_is_told(folder: Path, verb: str, words: list[str], code: int, told: str) -> None:
    event = RULES.splitlines()[0]
    wrong = "rule wrong { match by card within 1h  a: Pay where amuont > 1.00 }"
    (folder / "bad.pattern").write_text(f"{event}\n{wrong}\n", encoding="utf-8")
    (folder / "events.pattern").write_text(f"{event}\n", encoding="utf-8")
    done = cep(folder, verb, *words)
    assert done.returncode == code
    assert told in done.stderr
    assert (done.stdout, "Traceback" in done.stderr) == ("", False)
    assert (folder / "pay.pattern").read_text(encoding="utf-8") == RULES
