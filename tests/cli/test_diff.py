"""`cep diff`: what has changed in meaning, in words and as JSON, with and without a state."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cep.cli.main import application

EVENTS = """\
event A { k: string  n: int  s: enum("p", "q")  ts: timestamp } time ts
event B { k: string  n: int  ts: timestamp } time ts
param limit: int = 1
list known: string
"""
RULES = """\
rule r { version 1  match by k within 1h  a: A where n > limit then b: B where n > a.n  emit { n: a.n } }
rule s { match by k within 1h  a: A then b: B }
rule t { match by k  a: A having count() > 2 within 10s }
"""
JOB = """\
job: j
rules: [rules.pattern]
sources: {A: {file: a.jsonl}, B: {file: b.jsonl}}
lists: {known: []}
alerts: {file: out.jsonl}
state: {dir: state, every: 0s}
"""
NEW_JOB = JOB.replace("rules.pattern", "new.pattern")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.pattern").write_text(EVENTS + RULES)
    (tmp_path / "job.yaml").write_text(JOB)
    (tmp_path / "new.yaml").write_text(NEW_JOB)
    rows = [{"k": k, "n": n, "s": "p", "ts": 1000 * second} for second, (k, n) in enumerate([("x", 2), ("y", 0)])]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "b.jsonl").write_text(json.dumps({"k": "z", "n": 0, "ts": 3000}) + "\n")
    return tmp_path


def cep(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(application(("diff",)), ["diff", *arguments])
    return result.exit_code, result.stdout, result.stderr


def run_job(*options: str) -> None:
    assert CliRunner().invoke(application(("run",)), ["run", "job.yaml", "--quiet", *options]).exit_code == 0


def edited(folder: Path, *pairs: tuple[str, str]) -> None:
    text = EVENTS + RULES
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (folder / "new.pattern").write_text(text)


SENTENCES = [
    ("then b: B where n > a.n", "then b: B where n > 7", "where of `b`: `n > a.n` is now `n > 7`", "keep"),
    ("then b: B where n > a.n", "then b: B", "where of `b`: none, where there was `n > a.n`", "keep"),
    ("1h  a: A where n > limit", "2h  a: A where n > limit", "span of the match: `1h` is now `2h`", "recompute"),
    ("then b: B where n > a.n", "then within 5m b: B where n > a.n", "gap (within) of `b`: `5m`, where there was none",
     "recompute"),
    ("version 1", "version 2", "version: `1` is now `2`", "keep"),
    ("n: a.n }", "m: b.n }", "emit: `{ n: a.n }` is now `{ m: b.n }`", "keep"),
    ("where n > a.n  emit", "where n > a.n then c: A emit", "`c` added", "migrate"),
    ("then b: B where n > a.n", "without B then b: B where n > a.n", "`without B` added", "migrate"),
    ("then b: B where n > a.n", "then b: B+ where n > a.n", "form of `b`: `b: B` is now `b: B+`", "migrate"),
    ("by k within 1h  a: A where n > limit", "by n within 1h  a: A where n > limit",
     "key: `k: string` is now `n: int`", "reset"),
    ("n > a.n  emit", "n > a.n  after match skip nothing  emit",
     "`after match skip`: `past` is now `nothing`", "finish-old"),
    ("n > a.n  emit", "n > a.n  suppress for 1h  emit", "`suppress`: `1h`, where there was none", "keep"),
    ('enum("p", "q")  ts', 'enum("p", "q")  ts2: timestamp  ts', None, None),
    ("limit: int = 1", "limit: int = 2", "where of `a`: `n > limit`; param `limit`: `1` is now `2`", "keep"),
    ("event B { k: string  n: int", "event B { k: string  n: float", "type of `B.n`: `int` is now `float`", "reset"),
    ("time ts\nparam", "time ts lateness 5s\nparam", "lateness of `B`: `0s` is now `5s`", "keep"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence", "verdict"), SENTENCES)
def test_an_edit_in_words(folder: Path, old: str, new: str, sentence: str | None, verdict: str | None) -> None:
    text = EVENTS + (RULES.replace("n > a.n", "n > 1") if "float" in new else RULES)
    (folder / "rules.pattern").write_text(text)
    text = text.replace("where n > 1", "where n > 1.0") if "float" in new else text
    (folder / "new.pattern").write_text(text.replace(old, new))
    code, said, _ = cep("rules.pattern", "new.pattern", "--output", "json")
    found = [rule for rule in json.loads(said)["rules"] if rule["rule"] == "r"]
    assert code == 0
    if sentence is None:
        assert found == []
    else:
        assert sentence in [edit["text"] for edit in found[0]["edits"]]
        assert found[0]["verdict"] == verdict


def test_what_is_only_written_otherwise_is_no_change(folder: Path) -> None:
    edited(folder, ("rule s { match by k within 1h", "# why\nrule s { match by k\n within 60m"))
    assert cep("rules.pattern", "new.pattern") == (0, "", "no change of meaning in 3 rules\n")


def test_rules_that_come_and_go(folder: Path) -> None:
    edited(folder, ("rule s", "rule u"))
    assert cep("rules.pattern", "new.pattern")[1] == (
        "s\n  renamed to `u`: a rule is known by its name, so that state does not follow\n  -> finish-old\n"
        "u (new)\n  renamed from `s`\n  -> fresh\n"
    )
    edited(folder, ("rule s { match by k within 1h", "rule u { match by k within 2h"))
    assert cep("rules.pattern", "new.pattern")[1] == "s\n  rule removed\n  -> finish-old\nu (new)\n  -> fresh\n"


def test_a_rule_in_another_module(folder: Path) -> None:
    run_job("--open-end")
    (folder / "new.pattern").write_text(f"module bank\n{EVENTS}{RULES}")
    (folder / "new.yaml").write_text(NEW_JOB.replace("{A: {file: a.jsonl}", "{bank.A: {file: a.jsonl}"))
    said = cep("rules.pattern", "new.pattern")[1]
    moved = "moved to `bank.r`: a rule is known by its module and name, so that state does not follow"
    assert f"r\n  {moved}\n  -> finish-old\n" in said
    assert "bank.r (new)\n  moved from `r`\n  -> fresh\n" in said


COMPLEX = """\
rule r { match by k within 1h
  x: A then ( a: A where n > 1 then within 5m b: B where n > limit ){2}
  then either ( c: A where n == 3 | d: B ) within 10m
  then at least 2 of ( e: A, f: B where n in known2, g: A where n > 2 )
  cancel on B where n > 9
  suppress for 1h by x.n max 2
}
"""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("n > 1 ", "n > 2 ", "where of `a`: `n > 1` is now `n > 2`"),
        ("within 5m", "within 6m", "gap (within) of `b`: `5m` is now `6m`"),
        ("n == 3", "n == 4", "where of `c`: `n == 3` is now `n == 4`"),
        ("within 10m", "within 11m", "span of the group of `c`, `d`: `10m` is now `11m`"),
        ("n > 2 )", "n > 1 )", "where of `g`: `n > 2` is now `n > 1`"),
        ("){2}", "){3}", "form of the group of `a`, `b`: `( a: A then b: B ){2}` is now `( a: A then b: B ){3}`"),
        ("at least 2 of", "all of", "form of the group of `e`, `f`, `g`: `at least 2 of ( e: A, f: B, g: A )` is now "
         "`all of ( e: A, f: B, g: A )`"),
        ("n > 9", "n > 8", "`cancel on`: `B where n > 9` is now `B where n > 8`"),
        ("max 2", "max 3", "`suppress`: `1h by x.n max 2` is now `1h by x.n max 3`"),
        ("by x.n max", "by x.s max", "`suppress by`: `1h by x.n max 2` is now `1h by x.s max 2`"),
        ("int = 1", "int = 3", "where of `b`: `n > limit`; param `limit`: `1` is now `3`"),
    ],
)  # fmt: skip
def test_an_edit_of_a_pattern_with_groups(folder: Path, old: str, new: str, sentence: str) -> None:
    text = f"{EVENTS}list known2: int\n{COMPLEX}"
    assert text.count(old) == 1
    (folder / "rules.pattern").write_text(text)
    (folder / "new.pattern").write_text(text.replace(old, new))
    code, said, _ = cep("rules.pattern", "new.pattern", "--output", "json")
    (found,) = json.loads(said)["rules"]
    assert code == 0
    assert [edit["text"] for edit in found["edits"]] == [sentence]
    assert found["verdict"] == ("keep" if new == "max 3" else "finish-old")


def test_lists_by_what_was_added_and_removed(folder: Path) -> None:
    text = EVENTS + "rule r { match by k within 1h  a: A where k in known then b: B }\n"
    (folder / "rules.pattern").write_text(text)

    def said(before: str, after: str) -> str:
        (folder / "job.yaml").write_text(JOB.replace("known: []", f"known: {before}"))
        (folder / "new.yaml").write_text(JOB.replace("known: []", f"known: {after}"))
        return cep("job.yaml", "new.yaml")[1]

    assert said("[a, b]", "[b, c]").splitlines()[1] == (
        '  where of `a`: `k in known`; list `known`: `"c"` added, `"a"` removed'
    )
    many = [f"v{number}" for number in range(9)]
    assert '`"v0"`, `"v1"`, `"v2"`, `"v3"`, `"v4"` and 4 more added\n' in said("[]", f"[{', '.join(many)}]")
    assert f'`"{"x" * 58}…` removed\n' in said(f"[{'x' * 1000}]", "[]")
    assert said("[a, b]", "[b, a, b]") == ""


CALLING = """\
function risky(n: int) -> bool from python "code_of_diff:risky"
rule r { match by k within 1h  a: A where risky(n) then b: B }
rule s { match by k within 1h  a: A then b: B where risky(n) }
rule t { match by k within 1h  a: A then b: B  emit { risky: risky(a.n) } }
"""


def test_the_code_of_a_function(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    job = JOB + "functions: {allow: [code_of_diff]}\n"
    (folder / "job.yaml").write_text(job)
    (folder / "rules.pattern").write_text(EVENTS + CALLING)

    def write(text: str) -> None:
        (folder / "code_of_diff.py").write_text(text)
        sys.modules.pop("code_of_diff", None)
        importlib.invalidate_caches()

    write("LEAST = 1\n\ndef risky(n): return n >= LEAST\n")
    run_job("--open-end")
    write("# said otherwise\nLEAST = 1\n\ndef risky(n):\n    return n >= LEAST\n")
    assert cep("job.yaml", "job.yaml", "--state", "state") == (0, "", "no change of meaning in 3 rules\n")
    write("LEAST = 2\n\ndef risky(n): return n >= LEAST\n")
    code, said, _ = cep("job.yaml", "job.yaml", "--state", "state")
    assert (code, said.splitlines()) == (0, [
        "r",
        "  where of `a`: `risky(n)`; the code of function `risky` has changed",
        "  -> finish-old, 1 open partial match",
        "s",
        "  where of `b`: `risky(n)`; the code of function `risky` has changed",
        "  -> keep, 2 open partial matches",
        "t",
        "  emit: `{ risky: risky(a.n) }`; the code of function `risky` has changed",
        "  -> keep, 2 open partial matches",
    ])  # fmt: skip
    assert json.loads(cep("job.yaml", "job.yaml", "--state", "state", "--output", "json")[1])["rules"][0]["edits"][0][
        "settings"
    ] == [{"kind": "function", "name": "risky"}]
    (folder / "job.yaml").write_text(JOB)
    code, said, told = cep("job.yaml", "job.yaml", "--state", "state")
    assert (code, said) == (0, "")
    assert "warning: whether the code of `risky` has changed is not known: the module of the function `risky`" in told
    (folder / "job.yaml").write_text(job)
    result = CliRunner().invoke(application(("run",)), ["run", "job.yaml", "--quiet", "--open-end"])
    assert result.stderr == "cep: rule `r`: finish-old, 1 open partial match: where of `a` (function `risky`)\n"
    sys.modules.pop("code_of_diff")


def test_order_by_added(folder: Path) -> None:
    run_job("--open-end")
    edited(
        folder, ('s: enum("p", "q")  ts: timestamp } time ts', 's: enum("p", "q")  ts: timestamp } time ts order by n')
    )
    said = cep("job.yaml", "new.yaml", "--state", "state")[1]
    assert said.splitlines()[-3:-1] == ["t", "  `order by` of `A`: `n`, where there was none"]


def test_with_a_state(folder: Path) -> None:
    run_job("--open-end")
    edited(folder, ("n > a.n", "n > 7"), ("rule s { match by k within", "rule s { match by n within"))
    for new in ("new.yaml", "new.pattern"):
        code, said, told = cep("job.yaml", new, "--state", "state")
        assert (code, told) == (0, "2 rules changed\n")
        assert said.splitlines() == [
            "r",
            "  where of `b`: `n > a.n` is now `n > 7`",
            "  -> keep, 1 open partial match",
            "s",
            "  key: `k: string` is now `n: int`",
            "  key of `a`: `k` is now `n`",
            "  key of `b`: `k` is now `n`",
            "  -> reset, 2 open partial matches",
        ]
    edited(folder, ("n > limit", "n > 9"))
    assert "-> finish-old, 1 open partial match\n" in cep("job.yaml", "new.yaml", "--state", "state")[1]
    edited(
        folder,
        ("having count() > 2", "having count() > 1 and sum(n) > 0"),
        ("where n > a.n", "where n > 0 and n > a.n"),
    )
    (folder / "rules.pattern").write_text((folder / "new.pattern").read_text())
    code, said, told = cep("job.yaml", "new.yaml", "--state", "state")
    assert (code, "the state was made by other rules than OLD" in told) == (0, True)
    assert "-> keep, 0 open partial matches, 2 keys with events held\n" in said


def test_trouble(folder: Path) -> None:
    edited(folder)
    code, _, told = cep("rules.pattern", "none.pattern")
    assert (code, "E0701" in told) == (1, True)
    code, _, told = cep("rules.pattern", "new.pattern", "--state", "state")
    assert (code, "error[C0265]" in told) == (2, True)
    run_job()
    code, _, told = cep("rules.pattern", "new.pattern", "--state", "state")
    assert (code, "error[C0267]: the state was made over 2 sources" in told) == (2, True)
    before = (folder / "new.pattern").read_text()
    code, _, told = cep("rules.pattern", "new.pattern", "--out", "new.pattern")
    assert (code, (folder / "new.pattern").read_text()) == (2, before)
