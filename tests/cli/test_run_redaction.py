"""`redact:` in a job file: in no output, and in nothing shown of the state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cep.cli.main import application

RULES = """\
event Pay { id: string  card: string  pin: string from "auth.pin"  n: int  ts: timestamp } time ts
event Other { card: string  ts: timestamp } time ts
rule r { match by id within 1h  a: Pay then b: Pay where n > a.n }
rule s { match by card within 1h  a: Pay then b: Pay where n > a.n  emit { pin: a.pin } }
"""
JOB = """\
job: j
rules: [r.pattern]
sources: {Pay: {file: pay.jsonl}}
alerts: {file: out/alerts}
late: {file: out/late}
dead_letters: {file: out/dead}
state: {dir: state, every: 0s}
redact: [card, Pay.pin]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.pattern").write_text("".join(RULES.splitlines(keepends=True)[:3]))
    (tmp_path / "job.yaml").write_text(JOB)
    rows = [(n, 60_000 * n) for n in range(3)] + [("bad", 0), (9, 5)]
    lines = [json.dumps({"id": "i", "card": "CARD", "auth": {"pin": "PIN"}, "n": n, "ts": ts}) for n, ts in rows]
    (tmp_path / "pay.jsonl").write_text("\n".join([*lines, "broken CARD PIN"]) + "\n")
    return tmp_path


def cep(verb: str, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(application((verb,)), [verb, *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_nothing_written_holds_a_redacted_field(folder: Path) -> None:
    code, _, said = cep("run", "job.yaml", "--open-end")
    assert (code, "warning" in said) == (0, False)
    assert "CARD" not in said and "PIN" not in said
    for name, count in (("alerts", 1), ("late", 1), ("dead", 2)):
        text = (folder / "out" / name).read_text()
        assert text.count("\n") == count
        assert "CARD" not in text and "PIN" not in text and "***" in text
    code, shown, _ = cep("state", "export", "job.yaml")
    assert code == 0
    assert '"n": 2' in shown or '"n":2' in shown
    assert "CARD" not in shown and "PIN" not in shown


def test_what_a_rule_shows_is_said(folder: Path) -> None:
    (folder / "r.pattern").write_text(RULES)
    code, _, said = cep("run", "job.yaml", "--quiet")
    assert code == 0
    assert "warning: rule `s` shows `Pay.card`, which is redacted elsewhere, in its key\n" in said
    assert "warning: rule `s` shows `Pay.pin`, which is redacted elsewhere, in its output fields\n" in said
    assert "rule `r`" not in said


@pytest.mark.parametrize(
    ("wrong", "code", "message"),
    [
        ("Pay.cart", "C0268", "`Pay` has no field `cart` to redact"),
        ("cart", "C0268", "the event types have no field `cart` to redact"),
        ("Pey.card", "C0232", "the rules declare no event type `Pey`"),
    ],
)
def test_names_that_mean_nothing_are_refused(folder: Path, wrong: str, code: str, message: str) -> None:
    (folder / "job.yaml").write_text(JOB.replace("Pay.pin", wrong))
    exit_code, _, said = cep("run", "job.yaml")
    assert exit_code == 2
    assert f"job.yaml:8:16: error[{code}]: {message}" in said
    assert not (folder / "out").exists()


def more(folder: Path, *rows: dict[str, object]) -> None:
    with (folder / "pay.jsonl").open("a") as file:
        file.writelines(json.dumps({"id": "i", "n": 9, "ts": 200_000} | row) + "\n" for row in rows)


def test_a_field_that_was_moved_since(folder: Path) -> None:
    """In alerts, late events, dead letters and the shown state, in records of the old and of the new form."""
    assert cep("run", "job.yaml", "--open-end", "--quiet")[0] == 0
    rules = (folder / "r.pattern").read_text()
    edited = rules.replace('pin: string from "auth.pin"', 'pin: string from "safe.pin"').replace("where n > a.n", "")
    (folder / "r.pattern").write_text(edited)
    old, new = {"card": "CARD", "auth": {"pin": "PIN"}}, {"card": "CARD", "safe": {"pin": "PIN"}}
    more(folder, new, old, new | {"ts": 7}, new | {"auth": {"pin": "PIN"}, "ts": 300_000})
    assert "PIN" not in cep("state", "export", "job.yaml")[1]
    code, _, said = cep("run", "job.yaml", "--open-end")
    assert (code, "PIN" in said) == (0, False)
    for name, count in (("alerts", 2), ("late", 2), ("dead", 3)):
        text = (folder / "out" / name).read_text()
        assert text.count("\n") == count, name
        assert "CARD" not in text and "PIN" not in text
    assert "PIN" not in cep("state", "export", "job.yaml")[1]


def test_a_field_that_is_shown_from_now_on(folder: Path) -> None:
    assert cep("run", "job.yaml", "--open-end", "--quiet")[0] == 0
    rules = (folder / "r.pattern").read_text()
    (folder / "r.pattern").write_text(rules.replace("string  pin: string", "string  code: string"))
    (folder / "job.yaml").write_text(JOB.replace("card, Pay.pin", "card"))
    more(folder, {"card": "CARD", "auth": {"pin": "SHOWN"}})
    _, _, said = cep("run", "job.yaml", "--quiet")
    assert (
        "cep: warning: `Pay.code` is read from where a redacted field was, and is shown in events from now on" in said
    )
    text = (folder / "out" / "alerts").read_text()
    assert text.count("SHOWN") == 1 and "PIN" not in text
    assert "warning" not in cep("run", "job.yaml", "--quiet")[2]
