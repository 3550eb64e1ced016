"""What a run tells about its rules: expressions that fail, events without a key, runs over the cap, suppression."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cep.cli.interruption import Interrupted, Interruption
from cep.cli.run_options import RunOptions
from cep.cli.run_session import RunSession

RULES = """\
event Pay { id: string?  amount: int  parts: int  ts: timestamp } time ts
function risk(id: string) -> float from python "own_models:risk"

rule share {
  match by id within 1h
    a: Pay
    then b: Pay where a.amount / parts > 1
}
rule risky {
  match by id within 1h
    a: Pay where id is not null and risk(id) > 0.5
}
rule often {
  match by id within 1h
    a: Pay
    then b: Pay where amount == a.amount + 1_000
  after match skip nothing
  limit runs 2
}
rule again {
  match by id within 1h
    a: Pay
  suppress for 1h by id
}
"""


def pay(second: int, parts: int, id_: str | None = "k") -> str:
    """A payment as a line."""
    return json.dumps({"id": id_, "amount": 10, "parts": parts, "ts": second * 1000}) + "\n"


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs the rules over six events; returns the exit code and both outputs."""
    (tmp_path / "own_models.py").write_text("def risk(id):\n    raise KeyError(id)\n")
    (tmp_path / "rules.pattern").write_text(RULES)
    (tmp_path / "events.jsonl").write_text("".join(pay(n, (n + 1) % 2) for n in range(5)) + pay(9, 1, None))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "own_models", raising=False)

    def run(modules: tuple[str, ...], *, as_json: bool) -> tuple[int, str, str]:
        options = RunOptions(("rules.pattern",), ("Pay=events.jsonl",), "alerts.jsonl", modules=modules)
        with Interruption() as interruption:
            code = RunSession(options, interruption, as_json=as_json, out=None).run()
        return (code, *capfd.readouterr())

    return run


def test_trouble_is_counted_and_told(session: Any) -> None:
    code, _, err = session(("own_models",), as_json=False)
    assert code == 0
    assert "share: 1 expression could not be computed and counted as unknown" in err
    assert "risky: 5 expressions could not be computed and counted as unknown" in err
    assert "often: 1 event without a key left out; 3 partial matches dropped at the cap (limit runs)" in err
    assert "again: 1 event without a key left out; 4 matches held back by suppress" in err
    assert "Traceback" not in err


def test_trouble_for_machines(session: Any) -> None:
    _, _, err = session(("own_models",), as_json=True)
    rules = json.loads(err)["rules"]
    assert rules["again"] == {"guard_errors": 0, "null_keys": 1, "dropped_runs": 0, "suppressed": 4}
    assert rules["often"]["dropped_runs"] == 3


def test_a_function_of_a_module_that_is_not_allowed(session: Any) -> None:
    code, _, err = session(("own",), as_json=False)
    assert code == 2
    assert "rules.pattern:2:10: error[C0236]: the module of the function `risk` is not allowed" in err
    assert "add `functions: {allow: [own_models]}` to the job file, or `--allow own_models`" in err


@pytest.mark.parametrize("raised", ["raise SystemExit(0)", "raise GeneratorExit", "__import__('sys').exit('gone')"])
def test_a_function_that_would_end_the_process_is_trouble_of_its_rule(raised: str, session: Any) -> None:
    Path("own_models.py").write_text(f"def risk(id):\n    {raised}\n")
    code, _, err = session(("own_models",), as_json=False)
    assert code == 0
    assert "risky: 5 expressions could not be computed and counted as unknown" in err
    assert "again: 1 event without a key left out; 4 matches held back by suppress" in err


def test_a_module_that_would_end_the_process_cannot_be_imported(session: Any) -> None:
    Path("own_models.py").write_text("import sys\nsys.exit('not today')\n")
    code, _, err = session(("own_models",), as_json=False)
    assert code == 2
    assert "error[C0236]: `own_models:risk` cannot be imported: SystemExit: not today" in err
    assert "Traceback" not in err


def test_a_second_interruption_ends_the_run_in_the_middle_of_a_function(session: Any) -> None:
    asked = "import os, signal\ndef risk(id):\n    for _ in range(2):\n        os.kill(os.getpid(), signal.SIGINT)\n"
    Path("own_models.py").write_text(asked)
    with pytest.raises(Interrupted) as stopped:
        session(("own_models",), as_json=False)
    assert stopped.value.exit_code == 130
