"""Pairs on which engine and oracle once parted, in `found/`: they agree now, whatever the generator draws today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generated.__main__ import keep
from tests.generated.cases import ENDING, FOLDER, case_of, read_case, written_case
from tests.generated.pairs import draw
from tests.generated.running import Failure
from tests.generated.verdict import differences

FILES = sorted(FOLDER.glob(f"*{ENDING}"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bug_that_was_found_stays_mended(path: Path, request: pytest.FixtureRequest) -> None:
    case = read_case(path)
    if case.is_open:
        request.applymarker(
            pytest.mark.xfail(strict=True, reason="marked `open`: take the mark away when it is mended")
        )
    assert differences(case, 0, "all") == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_kept_case_says_what_was_wrong(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ") and len(first) > 20


@pytest.mark.parametrize("seed", range(0, 400, 20))
def test_a_pair_is_the_same_after_it_was_written_and_read(seed: int) -> None:
    pair = draw(seed).pair
    read = case_of(written_case(pair, ["what was wrong"]))
    assert read.log == pair.log
    assert read.text == "# what was wrong\n" + pair.text.strip()
    assert not read.is_open


def test_a_failing_pair_is_kept_with_its_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.generated.__main__.FOLDER", tmp_path)
    failure = Failure(draw(3).pair, ["something differs"], 3, "mixed")
    case = read_case(keep("a-bug", "an absence was told twice", failure, is_open=True))
    assert case.is_open
    assert case.log == failure.pair.log


def test_a_line_that_is_no_event_is_refused() -> None:
    content = written_case(draw(3).pair, []) + '{"what": 1}\n'
    with pytest.raises(ValueError, match="no event"):
        case_of(content)
    with pytest.raises(ValueError, match="no line `---`"):
        case_of("rule drawn {}")
