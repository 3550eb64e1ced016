"""The records of the benchmark of formats are the same payment in each of them."""

from __future__ import annotations

import pytest

from benchmarks.formats import EVENTS, MILLIS, cases, main
from cep.runtime.decode.codec import EventCodec

CASES = cases()
CODEC = EventCodec(EVENTS["CardAuth"])


@pytest.mark.parametrize("name", CASES)
def test_a_format_gives_the_payment(name: str) -> None:
    event, time = CODEC.read(CASES[name].read())
    assert (event.card, event.country, event.merchant, event.ok) == ("c-1234567890", "DE", "m-77", True)
    assert time == MILLIS * 1000
    assert event.amount == (60050 if name == "protobuf" else event.amount.__class__("600.50"))
    if (peer := CASES[name].peer) is not None:
        assert "c-1234567890" in str(peer())


def test_the_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.formats.LEAST", 0.001)
    main({"json": CASES["json"]})
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["json", "147"]
