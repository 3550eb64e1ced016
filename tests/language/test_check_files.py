"""Which files a check reads, and what it does with odd ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from cep.language.diagnostics import CheckFailed
from cep.language.load import check_paths, check_text, load_paths, load_text

EVENT = "event Pay { account: string  amount: decimal  ts: timestamp } time ts\n"
RULE = "rule {name} {{ match by account within 1h a: Pay where amount > {limit} }}\n"


def rule(name: str, limit: str = "5") -> str:
    return RULE.format(name=name, limit=limit)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def test_a_folder_means_all_rule_files_below_it_in_order() -> None:
    write("rules/b.pattern", EVENT + rule("b"))
    write("rules/a/z.pattern", EVENT + rule("z"))
    write("rules/notes.txt", "not a rule file")
    assert [found.name for found in load_paths(["rules"]).rules] == ["z", "b"]
    assert list(load_paths([Path("rules")]).sources) == ["rules/a/z.pattern", "rules/b.pattern"]


def test_a_folder_without_rule_files_is_an_error() -> None:
    Path("empty").mkdir()
    assert [found.code for found in check_paths(["empty"]).diagnostics] == ["E0701"]


def test_a_file_imported_twice_is_read_once() -> None:
    write("rules/common.pattern", EVENT)
    write("rules/a.pattern", 'import "common.pattern"\n' + rule("a"))
    write("rules/b.pattern", 'import "../rules/common.pattern"\n' + rule("b"))
    found = load_paths(["rules"])
    assert sorted(found.events) == ["Pay"]
    assert sorted(found.sources) == ["rules/a.pattern", "rules/b.pattern", "rules/common.pattern"]


def test_names_of_imports_of_imports_are_visible() -> None:
    write("base.pattern", EVENT)
    write("middle.pattern", 'import "base.pattern"\nparam limit: decimal = 5\n')
    write("top.pattern", 'import "middle.pattern"\n' + rule("a", "limit"))
    assert [found.name for found in load_paths(["top.pattern"]).rules] == ["a"]


def test_rules_of_imported_files_are_not_part_of_the_job() -> None:
    write("lib.pattern", EVENT + rule("theirs"))
    write("own.pattern", 'import "lib.pattern"\n' + rule("mine"))
    assert [found.name for found in load_paths(["own.pattern"]).rules] == ["mine"]
    assert [found.name for found in load_paths(["own.pattern", "lib.pattern"]).rules] == ["mine", "theirs"]


def test_a_test_brings_the_imported_rule_it_is_for() -> None:
    write("lib.pattern", EVENT + rule("theirs") + rule("other"))
    write("lib_tests.pattern", 'import "lib.pattern"\ntest "t" for theirs { expect no match }\n')
    found = load_paths(["lib_tests.pattern"])
    assert [rule.name for rule in found.rules] == ["theirs"]
    assert [test.rule for test in found.tests] == ["theirs"]


def test_one_rule_of_a_file_with_its_tests_can_be_selected() -> None:
    tests = 'test "for a" for a { expect no match }\ntest "for b" for b { expect no match }\n'
    write("rules.pattern", "module m\n" + EVENT + rule("a") + rule("b", "wrong") + tests)
    for selection in ("rules.pattern::a", "rules.pattern::m.a"):
        found = load_paths([selection])
        assert [rule.name for rule in found.rules] == ["m.a"]
        assert [test.name for test in found.tests] == ["for a"]
    with pytest.raises(CheckFailed):
        load_paths(["rules.pattern"])


def test_a_rule_can_be_selected_from_a_folder() -> None:
    write("rules/a.pattern", EVENT + rule("a"))
    write("rules/b.pattern", EVENT + rule("b"))
    assert [rule.name for rule in load_paths(["rules::b"]).rules] == ["b"]
    assert [found.code for found in check_paths(["rules::c"]).diagnostics] == ["E0704"]


def test_an_unknown_selection_names_the_nearest_rule() -> None:
    write("rules.pattern", EVENT + rule("probing"))
    (found,) = check_paths(["rules.pattern::probbing"]).diagnostics
    assert (found.code, found.fix) == ("E0704", "did you mean `probing`?")


def test_a_byte_order_mark_and_crlf_shift_no_line() -> None:
    text = (EVENT + "\n" + rule("a", "wrong")).replace("\n", "\r\n")
    write("rules.pattern", "\ufeff" + text)
    (found,) = check_paths(["rules.pattern"]).diagnostics
    assert (found.code, found.span.line, found.span.column) == ("E0204", 3, 59)
    (same,) = check_text("\ufeff" + text).diagnostics
    assert (same.span.line, same.span.column) == (3, 59)


def test_text_that_is_not_utf_8_is_a_finding() -> None:
    Path("rules.pattern").write_bytes(EVENT.encode() + b"# caf\xe9\n")
    (found,) = check_paths(["rules.pattern"]).diagnostics
    assert found.code == "E0702"
    assert found.message == f"`rules.pattern` is not UTF-8 text (byte {len(EVENT) + 6})"


def test_a_file_that_imports_itself_is_a_circle() -> None:
    write("rules.pattern", 'import "rules.pattern"\n' + EVENT + rule("a"))
    assert [found.code for found in check_paths(["rules.pattern"]).diagnostics] == ["E0703"]


def test_imports_of_text_are_relative_to_its_name() -> None:
    write("lib/events.pattern", EVENT)
    found = load_text('import "events.pattern"\n' + rule("a"), "lib/made_up.pattern")
    assert sorted(found.sources) == ["lib/events.pattern", "lib/made_up.pattern"]


def test_all_problems_of_all_files_are_reported_at_once() -> None:
    write("rules/a.pattern", EVENT + rule("a", "wrong") + rule("b", '"5"'))
    write("rules/b.pattern", EVENT + "rule c { match by account within 1h a: Pya }\n")
    found = check_paths(["rules"])
    assert [(d.span.file, d.span.line, d.code) for d in found.diagnostics] == [
        ("rules/a.pattern", 2, "E0204"),
        ("rules/a.pattern", 3, "E0301"),
        ("rules/b.pattern", 2, "E0201"),
    ]


def test_rules_that_check_are_kept_beside_those_that_do_not() -> None:
    result = check_text(EVENT + rule("good") + rule("bad", "wrong"))
    assert result.failed
    assert [found.name for found in result.rules.rules] == ["good"]


def test_a_rule_the_parser_had_to_guess_at_is_not_run() -> None:
    result = check_text(EVENT + "rule a { match by account within 1h a: Pay where amount = 5 }\n" + rule("b"))
    assert [found.name for found in result.rules.rules] == ["b"]


def test_a_slip_of_syntax_hides_no_slip_elsewhere_and_brings_no_others() -> None:
    text = EVENT + "rule a { match by account within 1h a: Pay where amount = 5 }\n" + rule("b", "wrong")
    text += "rule c { match by account within 1h a: Pay emit { x: b.amount, y: a.amonut } suppress fro 1h }\n"
    text += 'test "t" for a { expect no match }\n'
    found = [(d.span.line, d.code[:3]) for d in check_text(text).diagnostics]
    assert found == [(2, "E01"), (3, "E02"), (4, "E02"), (4, "E02"), (4, "E01")]


def test_what_a_lost_declaration_might_have_declared_is_not_reported() -> None:
    text = "event Pay { account string } time ts\n" + rule("a") + "param limit = 5\n" + rule("b", "limit")
    assert {d.code[:3] for d in check_text(text).diagnostics} == {"E01"}


def test_spans_take_params_given_from_outside() -> None:
    text = "module m\nparam window: duration = 10m\n" + EVENT + "rule a { match by account within window a: Pay }"
    assert load_text(text).rules[0].within == 600_000_000
    assert load_text(text, params={"m.window": 5_000_000}).rules[0].within == 5_000_000
    assert load_text(text).rules[0].span_params == ("m.window",)


def test_names_are_qualified_by_module_but_for_events() -> None:
    text = "module bank.fraud\nlist l: string\nparam p: int = 1\n" + EVENT
    text += 'function f(x: int) -> int from python "a.b:c"\n' + rule("r")
    found = load_text(text)
    assert [rule.name for rule in found.rules] == ["bank.fraud.r"]
    assert (list(found.lists), list(found.params)) == (["bank.fraud.l"], ["bank.fraud.p"])
    assert (list(found.functions), list(found.events)) == (["bank.fraud.f"], ["Pay"])
