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


class Unreadable(Exception):
    """A file that holds no cases, or cannot be read."""


def cases(files: list[Path], ids: set[str] | None) -> Iterator[Case]:
    """The cases of some files, or those of them that are named. Raises `Unreadable`."""
    for file in files:
        try:
            found = json.loads(text_of(file))["cases"]
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable(f"{file}: not a file of cases ({type(error).__name__})") from error
        yield from (case for case in found if ids is None or case.get("id") in ids)


def text_of(file: Path) -> str:
    """What a file holds. Raises `Unreadable`."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Unreadable(f"{file}: {error.strerror}") from error


def main(arguments: list[str]) -> int:
    """Run, print each failing id, then `N passed, M failed, K skipped` and the reasons; 0 only if none failed, 2 for
    files that hold no cases and ids that are not in them."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description="Sequence-pattern cases.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--ids", type=Path, help="only the cases whose ids this file lists, one a line")
    parser.add_argument("--show", metavar="ID", help="print the rule file of one case")
    parser.add_argument("--engine", choices=sorted(BACKENDS), default="cep")
    options = parser.parse_args(arguments)
    try:
        if options.show is not None:
            return show(options.files, options.show)
        ids = None if options.ids is None else set(text_of(options.ids).split())
        chosen = list(cases(options.files, ids))
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    verdicts = [judge(case, BACKENDS[options.engine]) for case in chosen]
    report(verdicts)
    unknown = sorted((ids or set()) - {case["id"] for case in chosen})
    if unknown:
        print(f"no such case: {', '.join(unknown)}", file=sys.stderr)
    failed = any(verdict.kind == "failed" for verdict in verdicts)
    return 1 if failed else 2 if unknown else 0


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
