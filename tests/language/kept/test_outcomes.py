"""What is kept of a check changes no result, whatever is edited between two checks."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from cep.plan.compile import compile_plan
from tests.language.kept.reading import check, facts

ROOT = Path(__file__).parents[3]
ALL = sorted(
    {
        str(path.relative_to(ROOT))
        for folder in ("rules", "examples", "benchmarks", "tests", "docs")
        for path in (ROOT / folder).rglob("*.pattern")
    }
)
EVENT = "event Pay { account: string  amount: decimal  ts: timestamp } time ts\n"
RULE = "rule {name} {{ match by account within 1h a: Pay where amount > {limit} }}\n"


def rule(name: str, limit: str = "5") -> str:
    return RULE.format(name=name, limit=limit)


def write(texts: dict[str, str]) -> None:
    for name, text in texts.items():
        Path(name).write_text(text)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; caches lie beside it."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.mark.parametrize("path", [*ALL, "rules", "examples"])
def test_every_rule_file_comes_to_the_same(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    plain, _ = check([path], None)
    first, _ = check([path], tmp_path)
    again, parsed = check([path], tmp_path)
    assert facts(first) == facts(plain)
    assert facts(again) == facts(plain)
    if not plain.failed:
        # each of them is kept, but for tests of rules that another file holds
        assert set(parsed) <= {name for name, text in plain.sources.items() if "\ntest " in text}
        if plain.number:
            sources = [
                [source.text for source in (*(rule.source for rule in plan.rules), plan.dispatch)]
                for plan in (compile_plan(found.rules) for found in (plain, again))
            ]
            assert sources[0] == sources[1]


def test_a_second_check_parses_nothing_and_imports_no_parser(folder: Path) -> None:
    write({"e.pattern": EVENT, "a.pattern": 'import "e.pattern"\n' + rule("a"), "b.pattern": EVENT + rule("b")})
    assert check(["."], folder / "cache")[1] == ["a.pattern", "e.pattern", "b.pattern"]
    found, parsed = check(["."], folder / "cache")
    assert (found.number, parsed) == (2, [])


def test_an_edit_is_read_with_what_it_imports(folder: Path) -> None:
    write({"e.pattern": EVENT, "a.pattern": 'import "e.pattern"\n' + rule("a")})
    write({"b.pattern": 'import "e.pattern"\n' + rule("b"), "c.pattern": (EVENT + rule("c")).replace("Pay", "Paid")})
    check(["."], folder / "cache")
    write({"b.pattern": 'import "e.pattern"\n' + rule("b", "6")})
    assert sorted(check(["."], folder / "cache")[1]) == ["b.pattern", "e.pattern"]
    assert check(["."], folder / "cache")[1] == []
    write({"e.pattern": EVENT.replace("account", "card")})
    found, parsed = check(["."], folder / "cache")
    assert sorted(parsed) == ["a.pattern", "b.pattern", "e.pattern"]
    assert found.failed


def test_warnings_are_told_again(folder: Path) -> None:
    unused = "rule a { match by account within 1h a: Pay let x = a.amount }\n"
    write({"a.pattern": EVENT + unused})
    for _ in range(2):
        found, parsed = check(["a.pattern"], folder / "cache")
        assert [warning.code for warning in found.diagnostics] == ["W0201"]
    assert parsed == []


def test_a_warning_does_not_hang_on_errors_in_other_rules(folder: Path) -> None:
    unused = "rule b { match by account within 1h a: Pay let x = a.amount }\n"
    write({"a.pattern": EVENT + rule("a", "wrong"), "b.pattern": EVENT + unused})
    found, _ = check(["."], None)
    assert [diagnostic.code for diagnostic in found.diagnostics] == ["E0204", "W0201"]


def test_two_files_that_clash_are_told_as_if_nothing_were_kept(folder: Path) -> None:
    write({"a.pattern": EVENT + rule("a"), "b.pattern": EVENT + rule("b"), "c.pattern": EVENT + rule("a")})
    for name in ("a.pattern", "b.pattern", "c.pattern"):
        check([name], folder / "cache")
    assert facts(check(["."], folder / "cache")[0]) == facts(check(["."], None)[0])
    write({"c.pattern": EVENT.replace("decimal", "int") + rule("c")})
    check(["c.pattern"], folder / "cache")
    found, _ = check(["."], folder / "cache")
    assert [error.code for error in found.diagnostics] == ["E0214"]


def test_a_span_set_from_outside_is_read_anew(folder: Path) -> None:
    write({"a.pattern": EVENT + "param span: duration = 1h\n" + rule("a").replace("1h", "span")})
    check(["a.pattern"], folder / "cache")
    found, parsed = check(["a.pattern"], folder / "cache", {"span": 60_000_000})
    assert (found.rules.rules[0].within, parsed) == (60_000_000, ["a.pattern"])
    found, parsed = check(["a.pattern"], folder / "cache", {"other": 1})
    assert (found.rules.rules[0].within, parsed) == (3_600_000_000, [])


def test_an_imported_file_tells_nothing_of_its_rules(folder: Path) -> None:
    lib = EVENT + rule("theirs") + "rule other { match by account within 1h a: Pay let x = a.amount }\n"
    write({"lib.pattern": lib, "own.pattern": 'import "lib.pattern"\n' + rule("mine")})
    check(["."], folder / "cache")
    found, parsed = check(["own.pattern"], folder / "cache")
    assert (found.diagnostics, [r.name for r in found.rules.rules], parsed) == ((), ["mine"], [])


def test_what_nests_as_deep_as_may_be_is_kept(folder: Path) -> None:
    groups = "(" * 80 + "a: Pay" + "){1,2}" * 80
    where = "(" * 39 + "amount" + " + 1)" * 39 + " > 5"
    write({"a.pattern": EVENT + f"rule a {{ match by account within 1h {groups} }}\n" + rule("b")})
    write({"b.pattern": EVENT + f"rule c {{ match by account within 1h a: Pay where {where} }}\n"})
    plain, _ = check(["."], None)
    check(["."], folder / "cache")
    found, parsed = check(["."], folder / "cache")
    assert (plain.failed, parsed) == (False, [])
    assert facts(found) == facts(plain)


PIECES = (
    EVENT,
    "event Other { account: string  ts: timestamp } time ts\n",
    "event Pay { account: string  ts: timestamp } time ts\n",
    "param limit: decimal = 5\n",
    "define big(x: decimal) = x > 100\n",
    'import "a.pattern"\n',
    'import "b.pattern"\n',
    'import "none.pattern"\n',
    "module m\n",
    rule("one"),
    rule("two", "limit"),
    "rule three { match by account within 1h a: Pay where big(amount) let x = a.amount }\n",
    "rule four { match by account within 1h a: Other then b: Pay }\n",
    "rule five { match by account within 1h a: Pay where amount = 5 }\n",
    'test "of one" for one { 00:00 Pay { account: "a", amount: 9.00 }  expect match }\n',
    'test "of two" for two { expect no match }\n',
)


@pytest.mark.parametrize("seed", range(40))
def test_drawn_edits_come_to_the_same(seed: int, folder: Path) -> None:
    draw = random.Random(seed)
    names = ("a.pattern", "b.pattern", "c.pattern")
    likely = [0, 0.3, 0.8][seed % 3]
    for _ in range(8):
        for name in draw.sample(names, draw.choice((1, 1, 3))):
            pieces = [piece for piece in PIECES if draw.random() < (0.15 if piece in PIECES[2:9] else 0.45)]
            if draw.random() < likely:
                pieces = [EVENT, *(piece for piece in pieces if piece.startswith("rule") and "four" not in piece)]
            pieces.sort(key=lambda piece: (not piece.startswith("module"), not piece.startswith("import")))
            write({name: "".join(pieces)})
        chosen = [name for name in names if Path(name).exists() and draw.random() < 0.8] or ["."]
        plain, _ = check(chosen, None)
        kept, _ = check(chosen, folder / "cache")
        assert facts(kept) == facts(plain)
