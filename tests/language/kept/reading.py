"""Checks with and without what earlier ones kept, and which files they parsed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from cep.language import files
from cep.language.course import CheckResult
from cep.language.load import check_paths
from cep.language.model import RuleSet


@contextmanager
def cache_in(folder: Path | None) -> Iterator[None]:
    """Checks keep their outcomes below a folder; nowhere for None."""
    place = "/dev/null/nowhere" if folder is None else str(folder)
    with patch.dict("os.environ", {"XDG_CACHE_HOME": place}):
        yield


def check(
    paths: Sequence[str], cache: Path | None, params: Mapping[str, object] | None = None
) -> tuple[CheckResult, list[str]]:
    """A check, and the files it parsed."""
    parsed: list[str] = []
    parse = files._parsed

    def noted(text: str, name: str):  # type: ignore[no-untyped-def]
        parsed.append(name)
        return parse(text, name)

    with cache_in(cache), patch.object(files, "_parsed", noted):
        return check_paths(paths, params=params), parsed


def facts(found: CheckResult) -> tuple[object, ...]:
    """All that a check says, with the order of what is named."""
    rules: RuleSet = found.rules
    declared = (rules.events, rules.lists, rules.params, rules.functions, rules.sources)
    return (
        found.diagnostics,
        list(found.sources.items()),
        found.number,
        *(list(names.items()) for names in declared),
        rules.rules,
        rules.tests,
    )
