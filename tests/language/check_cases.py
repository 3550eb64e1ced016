"""The golden cases of the checker: rule files below `tests/golden/check`, and beside each what a check says.

`python -m tests.language.check_cases` writes the expectations anew; read the difference before you keep it.

A file or folder `NAME` in `errors/` has its findings as text in `NAME.txt`. A file in `resolved/` has its resolved
model in `NAME.txt` (see `resolved_text`). Paths are shown relative to `tests/golden/check`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from cep.language.load import CheckResult, check_paths
from cep.language.render import render
from tests.language.resolved_text import rule_set_text

ROOT = Path(__file__).parent.parent / "golden" / "check"
SHARED = {"events.pattern"}
"""Files that other cases import."""
SELECTED = {"errors/selection.pattern": "errors/selection.pattern::bigg"}
"""Cases of which one rule is selected."""


def error_cases() -> list[str]:
    """Cases whose findings are expected, by path below the root."""
    found = [path for path in sorted((ROOT / "errors").iterdir()) if path.suffix != ".txt" and path.name not in SHARED]
    return [str(path.relative_to(ROOT)) for path in found]


def resolved_cases() -> list[str]:
    """Cases whose resolved model is expected."""
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "resolved").glob("*.pattern"))]


def check_case(case: str) -> CheckResult:
    """Check one case, with paths as its expectation shows them."""
    with contextlib.chdir(ROOT):
        return check_paths([SELECTED.get(case, case)])


def findings_text(case: str) -> str:
    """What a check of a case says."""
    result = check_case(case)
    return render(result.diagnostics, result.sources)


def resolved_text(case: str) -> str:
    """The model of a case, findings first."""
    result = check_case(case)
    return render(result.diagnostics, result.sources) + rule_set_text(result.rules)


def expectation(case: str) -> Path:
    """The file with what is expected of a case."""
    return ROOT / (case.removesuffix(".pattern") + ".txt")


def all_expectations() -> Iterator[tuple[Path, str]]:
    """Each expectation's file and what it should hold as of now."""
    for case in error_cases():
        yield expectation(case), findings_text(case)
    for case in resolved_cases():
        yield expectation(case), resolved_text(case)


def main() -> None:
    """Write every expectation anew and name those that changed."""
    for path, text in all_expectations():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
