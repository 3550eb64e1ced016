"""`python -m tests.conformance FILE... [--ids FILE] [--show ID] [--engine cep|oracle]`"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.backends import BACKENDS
from tests.conformance.rule_text import Case, translate
from tests.conformance.running import Verdict, judge
from tests.conformance.skipping import Skipped


def cases(files: list[Path], ids: set[str] | None) -> Iterator[Case]:
    """The cases of some files, or those of them that are named."""
    for file in files:
        for case in json.loads(file.read_text(encoding="utf-8"))["cases"]:
            if ids is None or case["id"] in ids:
                yield case


def main(arguments: list[str]) -> int:
    """Run, print each failing id, then `N passed, M failed, K skipped` and the reasons; 0 only if none failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description="Sequence-pattern cases.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--ids", type=Path, help="only the cases whose ids this file lists, one a line")
    parser.add_argument("--show", metavar="ID", help="print the rule file of one case")
    parser.add_argument("--engine", choices=sorted(BACKENDS), default="cep")
    options = parser.parse_args(arguments)
    if options.show is not None:
        return show(options.files, options.show)
    ids = set(options.ids.read_text(encoding="utf-8").split()) if options.ids is not None else None
    verdicts = [judge(case, BACKENDS[options.engine]) for case in cases(options.files, ids)]
    report(verdicts)
    return 1 if any(verdict.kind == "failed" for verdict in verdicts) else 0


def show(files: list[Path], name: str) -> int:
    """Print the rule file of one case."""
    found = list(cases(files, {name}))
    if not found:
        print(f"no case {name}", file=sys.stderr)
        return 2
    try:
        print(translate(found[0]).text, end="")
    except Skipped as skipped:
        print(f"skipped: {skipped.reason}", file=sys.stderr)
    return 0


def report(verdicts: list[Verdict]) -> None:
    """Print the failures with their differences, the totals, and why cases were skipped."""
    for verdict in verdicts:
        if verdict.kind == "failed":
            print(verdict.case)
            for detail in verdict.details:
                print(f"    {detail}")
    kinds = Counter(verdict.kind for verdict in verdicts)
    print(f"{kinds['passed']} passed, {kinds['failed']} failed, {kinds['skipped']} skipped")
    for reason, count in Counter(v.details[0] for v in verdicts if v.kind == "skipped").most_common():
        print(f"    {count} skipped: {reason}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
