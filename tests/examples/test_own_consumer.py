"""The rule by hand tells what it should while nothing happens, and does not when its memory is gone."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

import cep
from examples.own_consumer.consumer import Partition
from examples.own_consumer.deaths import CONTENDERS, HERE, PARTITIONS, ROOT, compared, lines_of_code, logins, trial


def told(records: list[list[bytes]], *, dies_every: int | None = None) -> Counter[str]:
    """The ids of the alerts of the code written by hand, which may forget everything now and then."""
    found: Counter[str] = Counter()
    for number, raws in enumerate(records):
        partition = Partition(number)
        for offset, raw in enumerate(raws):
            if dies_every and offset % dies_every == dies_every - 1:
                partition = Partition(number)
            found.update(alert["alert_id"] for alert in partition.take(offset, raw))
    return found


def test_undisturbed_it_tells_what_the_rule_tells() -> None:
    records = logins(1, 1_500)
    engine = cep.compile(HERE / "break_in.pattern").engine(type_field=None)
    events = sorted((json.loads(raw) for raws in records for raw in raws), key=lambda event: event["at"])
    by_rule = Counter((each.kind, each.key["account"], each.fields["fails"]) for each in engine.run(events))
    by_hand = Counter(
        (alert["kind"], alert["account"], alert["fails"])
        for number, raws in enumerate(records)
        for partition in [Partition(number)]
        for offset, raw in enumerate(raws)
        for alert in partition.take(offset, raw)
    )
    assert by_hand == by_rule
    assert min(sum(kind == of for kind, _, _ in by_hand) for of in ("match", "timeout")) > 20


def test_without_its_memory_it_loses_alerts_and_makes_up_others() -> None:
    records = logins(1, 2_000)
    expected = told(records)
    assert max(expected.values()) == 1
    found = compared(10, set(expected), told(records, dies_every=400))
    assert found.lost > 10 and found.invented > 10


def test_lines_are_counted_as_one_would(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text('"""One."""\n\nimport os  # this\n# no\nx = """a"""\ndef f():\n    """Two\n    lines.\n    """\n')
    assert lines_of_code(path) == 2
    assert lines_of_code(HERE / "break_in.pattern") == 8


@pytest.mark.kafka
@pytest.mark.long
def test_the_job_loses_and_doubles_nothing() -> None:
    found = trial("exactly_once", 5, deaths=4, count=1_500)
    assert found.expected > 100
    assert (found.lost, found.doubled, found.invented) == (0, 0, 0)
    assert PARTITIONS == 2


PAGE = (ROOT / "docs" / "choosing.md").read_text(encoding="utf-8")
SHOWN = {
    "by hand": "by hand",
    "by hand, holding back": "by hand, holding back",
    "at_least_once": "`cep`, `at_least_once`",
    "exactly_once": "`cep`, `exactly_once`",
}


@pytest.mark.parametrize("name", CONTENDERS)
def test_the_page_tells_what_was_measured(name: str) -> None:
    found = json.loads((HERE / "results.json").read_text(encoding="utf-8"))[name]
    row = [found[key] for key in ("deaths", "expected", "lost", "invented", "doubled")]
    assert f"| {SHOWN[name]} | {' | '.join(f'{number:,}' for number in row)} |\n" in PAGE.replace("**", "")


def test_the_page_counts_lines_as_they_are() -> None:
    by_rule = lines_of_code(HERE / "break_in.pattern") + lines_of_code(HERE / "job.yaml")
    assert f"{lines_of_code(HERE / 'consumer.py')} lines of code; the rule and its job have {by_rule}." in PAGE


def test_tests_that_the_page_names_are_there() -> None:
    named = re.findall(r"`((?:tests|examples)/[\w/.]+)`", PAGE)
    assert len(named) > 6
    assert [path for path in named if not (ROOT / path).exists()] == []
