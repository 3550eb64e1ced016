"""The fingerprint of a function's code: what changes it, and what does not."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cep.runtime.function_code import code_mark, code_marks

TEXT = '''\
"""Scores."""
import math
from decimal import Decimal as D

LIMIT = 3
TABLE = {}
TABLE["a"] = 1
UNUSED = 5
try:
    from fast import risky
except ImportError:
    def risky(x):
        return x

def helper(x):
    """How far it is over the limit."""
    return math.floor(x) - LIMIT + TABLE["a"]

def other(x):
    return UNUSED

def wrapped(f):
    return f

class Scale:
    factor = 2
    def __call__(self, x):
        return x * self.factor

@wrapped
def score(x):
    # a comment
    return risky(helper(x)) + D(1)

scale = Scale()
'''


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str | None]]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def mark(old: str = "", new: str = "", name: str = "score") -> str | None:
        assert old in TEXT
        (tmp_path / "scores_of_tests.py").write_text(TEXT.replace(old, new) if old else TEXT)
        importlib.invalidate_caches()
        sys.modules.pop("scores_of_tests", None)
        return code_mark(getattr(importlib.import_module("scores_of_tests"), name))

    yield mark
    sys.modules.pop("scores_of_tests", None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("D(1)", "D(2)"),
        ("- LIMIT", "+ LIMIT"),
        ("LIMIT = 3", "LIMIT = 4"),
        ('TABLE["a"] = 1', 'TABLE["a"] = 2'),
        ("import Decimal as D", "import Context as D"),
        ("        return x\n\ndef helper", "        return -x\n\ndef helper"),
        ("@wrapped\n", ""),
        ("    return f\n", "    return lambda x: f(x)\n"),
    ],
)
def test_what_the_function_uses_counts(marked: Callable[..., str | None], old: str, new: str) -> None:
    assert marked() is not None
    assert marked(old, new) != marked()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("UNUSED = 5", "UNUSED = 6"),
        ("    return UNUSED", "    return -UNUSED"),
        ("# a comment", "# another\n"),
        ("How far", "By how much"),
        ("math.floor(x) - LIMIT", "(math.floor( x )\n            - LIMIT)"),
        ("factor = 2", "factor = 3"),
        ('"""Scores."""\n', ""),
        ("scale = Scale()", 'scale = Scale()\nif __name__ == "__main__":\n    print(score(1))'),
    ],
)
def test_nothing_else_does(marked: Callable[..., str | None], old: str, new: str) -> None:
    assert marked(old, new) == marked()


def test_of_an_object_its_class_counts(marked: Callable[..., str | None]) -> None:
    assert marked("factor = 2", "factor = 3", name="scale") != marked(name="scale")
    assert marked("LIMIT = 3", "LIMIT = 4", name="scale") == marked(name="scale")


def test_a_module_is_looked_at_as_it_was_imported(marked: Callable[..., str | None], tmp_path: Path) -> None:
    before = marked()
    module = sys.modules["scores_of_tests"]
    (tmp_path / "scores_of_tests.py").write_text(TEXT.replace("D(1)", "D(2)"))
    assert code_mark(module.score) == before


def test_partials_and_methods() -> None:
    assert code_mark(functools.partial(test_partials_and_methods)) == code_mark(test_partials_and_methods)
    assert code_mark(Path("x").joinpath) is not None


def test_what_has_no_source_is_left_out() -> None:
    made: dict[str, Callable[..., object]] = {}
    exec("def made(x): return x", {"__name__": "nowhere"}, made)
    assert code_marks({"len": len, "made": made["made"], "this": code_mark}).keys() == {"this"}
