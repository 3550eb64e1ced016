"""Params, lists and functions of a job, by their declarations."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from cep.connectors.job.model import Job, ListSource, Written
from cep.connectors.job.settings import job_values
from cep.language.diagnostics import NOWHERE, CheckFailed
from cep.language.model import FunctionInfo
from cep.language.types import STRING
from tests.connectors.support import rule_set

JOB = Job("job", (), (), lists={"trusted": ListSource(), "amounts": ListSource()})


def params(**texts: str) -> dict[str, object]:
    """the values of params given as text."""
    job = replace(JOB, params={name.replace("__", "."): Written(text) for name, text in texts.items()})
    return dict(job_values(job, rule_set()).params)


def refusals(job: Job) -> list[tuple[str, str, str]]:
    """Code, message and fix of everything wrong with a job."""
    with pytest.raises(CheckFailed) as caught:
        job_values(job, rule_set())
    return [(d.code, d.message, d.fix) for d in caught.value.diagnostics]


def test_params_by_the_literal_rules_of_the_language() -> None:
    assert params(limit="9_000.00", span="1h30m", status="declined", share="90%", times="1_0", strict="false") == {
        "limit": Decimal("9000.00"),
        "bank.span": 5_400_000_000,
        "bank.status": "declined",
        "share": 0.9,
        "times": 10,
        "strict": False,
    }
    assert params(bank__span="5m") == {"bank.span": 300_000_000}
    assert params() == {}


@pytest.mark.parametrize(
    ("name", "text", "code", "message"),
    [
        ("limits", "1", "C0232", "the rules declare no param `limits`"),
        ("limit", "10_000.01", "C0234", "the value of `limit` is outside the range that its declaration allows"),
        ("limit", "1,5", "C0233", "`1,5` is not a number, and `limit` is declared as decimal"),
        ("times", "1.5", "C0233", "`1.5` is not a whole number, and `times` is declared as int"),
        ("span", "90", "C0233", "`90` is not a duration, and `span` is declared as duration"),
        ("status", "decline", "C0233", None),
        ("strict", "yes", "C0233", "`yes` is not a bool, and `strict` is declared as bool"),
    ],
)
def test_a_param_that_is_not_right(name: str, text: str, code: str, message: str | None) -> None:
    ((got, said, fix),) = refusals(replace(JOB, params={name: Written(text)}))
    assert got == code
    assert message is None or said == message
    assert fix


def test_a_name_with_a_near_neighbour() -> None:
    ((_, _, fix),) = refusals(replace(JOB, params={"limits": Written("1")}))
    assert fix == "did you mean `limit`?"


def test_lists_inline_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "amounts.txt"
    path.write_text("# paid amounts\n1.50\n\n 2_000 \n")
    inline = ListSource((Written("a"), Written("0042")))
    job = replace(JOB, lists={"trusted": inline, "amounts": ListSource(path=path)})
    assert job_values(job, rule_set()).lists == {
        "bank.trusted": ("a", "0042"),
        "amounts": (Decimal("1.50"), Decimal(2000)),
    }


def test_lists_that_are_not_right(tmp_path: Path) -> None:
    ((code, message, _),) = refusals(replace(JOB, lists={"trusted": ListSource()}))
    assert (code, message) == ("C0230", "the list `amounts` has no values in this job")
    path = tmp_path / "amounts.txt"
    missing = replace(JOB, lists={**JOB.lists, "amounts": ListSource(path=path)})
    assert refusals(missing)[0][0] == "C0235"
    path.write_text("1\nx\n")
    with pytest.raises(CheckFailed) as caught:
        job_values(missing, rule_set())
    assert str(caught.value.diagnostics[0].span) == f"{path}:2:1"


def test_functions_only_from_modules_the_job_allows() -> None:
    rules = rule_set()
    rules.functions["clean"] = FunctionInfo("clean", (STRING,), STRING, "os.path", "basename", NOWHERE)

    def codes(allowed: tuple[str, ...], **changes: str) -> list[str]:
        with pytest.raises(CheckFailed) as caught:
            rules.functions["clean"] = replace(rules.functions["clean"], **changes)
            job_values(replace(JOB, allowed_modules=allowed), rules)
        return [d.code for d in caught.value.diagnostics]

    assert job_values(replace(JOB, allowed_modules=("os",)), rules).functions["clean"]("/a/b") == "b"
    assert codes(()) == ["C0236"]
    assert codes(("o", "os.pathx")) == ["C0236"]
    assert codes(("os",), attribute="no_such") == ["C0236"]
    assert codes(("os",), attribute="sep") == ["C0236"]
    assert codes(("no_such_module",), module="no_such_module") == ["C0236"]
