"""Whatever a rule file holds, a check answers with findings, never with a traceback."""

from __future__ import annotations

import random
import re

import pytest

from cep.language.load import check_text
from cep.language.render import render
from tests.language.check_cases import ROOT

PIECE = re.compile(r'"[^"\n]*"|\w+|\s+|[^\w\s]')


def spoilt(text: str, other: list[str], random_: random.Random) -> str:
    """A text with a few of its pieces left out, swapped, or replaced by pieces of other texts."""
    pieces = PIECE.findall(text)
    for _ in range(random_.choice([1, 1, 2, 3, 6])):
        at = random_.randrange(len(pieces))
        match random_.randrange(4):
            case 0:
                pieces[at] = ""
            case 1:
                pieces[at] = random_.choice(other)
            case 2:
                pieces.insert(at, f" {random_.choice(other)} ")
            case _:
                swapped = random_.randrange(len(pieces))
                pieces[at], pieces[swapped] = pieces[swapped], pieces[at]
    return "".join(pieces)


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_rules_give_findings(seed: int) -> None:
    random_ = random.Random(seed)
    shared = (ROOT / "errors" / "events.pattern").read_text(encoding="utf-8")
    files = [path for folder in ("errors", "resolved") for path in sorted((ROOT / folder).glob("*.pattern"))]
    texts = [path.read_text(encoding="utf-8").replace('import "events.pattern"', shared) for path in files]
    words = sorted({piece for text in texts for piece in PIECE.findall(text) if not piece.isspace()})
    for _ in range(40):
        result = check_text(spoilt(random_.choice(texts), words, random_))
        assert all(found.message and found.fix for found in result.diagnostics)
        assert bool(render(result.diagnostics, result.sources)) == bool(result.diagnostics)
