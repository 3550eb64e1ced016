"""`cep dlq` over the dead letters of jobs: seen, shown, replayed once, and bounded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cep.cli.dlq_replay import replayed
from cep.cli.dlq_session import Chosen, listed, shown
from cep.cli.interruption import Interruption
from cep.connectors.dlq.replay import Terms
from cep.connectors.webhook.dead import DeadFile
from cep.testing.simulated_kafka import Died, Fault, Moment
from tests.connectors.kafka.topic_job import KINDS, OUTPUTS, TopicJob

RULES = """\
event Order { card: string  total: int  at: timestamp } time at
rule big { match by card  o: Order where total > 60 }
"""
JOB = "kafka: {bootstrap.servers: simulated}\nsources: {orders: {topic: o, types: {Order: {}}}}\n"
BAD = (b'{"card":"a","total":"x","at":1}', b'{"card":"b","total":"yy","at":1}', b"no \x1b[31mJSON")


@dataclass
class Desk:
    """A job with dead letters, and somebody who looks at them."""

    job: TopicJob
    monkeypatch: pytest.MonkeyPatch
    capfd: pytest.CaptureFixture[str]
    more: str = ""
    where: str = "job.yaml"
    given: tuple[str, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        Path("rules.pattern").write_text(RULES, encoding="utf-8")
        text = f"rules: [rules.pattern]\njob: formats\n{self.job.text}{OUTPUTS}{self.more}"
        Path("job.yaml").write_text(text, encoding="utf-8")
        self.monkeypatch.setattr("cep.cli.kafka_session.client", lambda: self.job.cluster.process("desk"))

    def ls(self, chosen: Chosen = Chosen(), *, as_json: bool = True) -> Any:  # noqa: B008 - immutable
        """What is listed."""
        assert listed(self.where, self.given, chosen, as_json=as_json) == 0
        out = self.capfd.readouterr().out
        return json.loads(out)["groups"] if as_json else out

    def show(self, *places: str, as_json: bool = False) -> tuple[int, str]:
        """What is shown."""
        code = shown(self.where, self.given, Chosen(places=frozenset(places)), 10, as_json=as_json)
        return code, self.capfd.readouterr().out

    def replay(self, terms: Terms = Terms(), limit: int = 100, *, yes: bool = True, **chosen: Any) -> dict[str, int]:  # noqa: B008
        """What became of each, by verdict; `code`: the exit code."""
        self.capfd.readouterr()
        with Interruption() as interruption:
            code = replayed(self.where, self.given, Chosen(**chosen), terms, limit, interruption, yes=yes, as_json=True)
        told = self.capfd.readouterr()
        counts = json.loads(told.out)["counts"] if told.out else {}
        return {"code": code, **{name: count for name, count in counts.items() if count}}

    def replays(self, topic: str = "o") -> list[tuple[bytes | None, bytes | None, dict[str, bytes | None]]]:
        """Key, value and headers of what was replayed into a topic."""
        records = self.job.cluster.records(topic)
        return [(each.key, each.value, dict(each.headers)) for each in records if "cep-replay" in dict(each.headers)]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Desk]:
    monkeypatch.chdir(tmp_path)

    def make(records: Sequence[bytes] = BAD, more: str = "") -> Desk:
        job = TopicJob(RULES, JOB + more)
        for number, raw in enumerate(records):
            job.write("o", raw, [("trace", b"t%d" % number)], key=b"k%d" % number)
        job.run()
        return Desk(job, monkeypatch, capfd, more="")

    return make


def test_groups_by_source_and_reason(desk: Callable[..., Desk]) -> None:
    found = desk().ls()
    assert [(of["source"], of["reason"], of["count"], of["rules"]) for of in found] == [
        ("orders", "field `total`: expected a whole number, got …", 2, ["big"]),
        ("orders", "not valid JSON: invalid character at …", 1, ["big"]),
    ]
    assert [found[0][end]["place"] for end in ("first", "last")] == ["o/0/0", "o/0/1"]
    assert found[0]["first"]["written"] is not None


def test_the_list_for_people(desk: Callable[..., Desk]) -> None:
    at = desk()
    at.replay(places={"o/0/0"})
    text = at.ls(as_json=False)
    assert text.startswith("out.dead: 3 dead letters in 2 groups\n")
    assert "read by big; 1 replayed" in text
    assert at.ls(Chosen(reason="JSON"))[0]["count"] == 1
    assert at.ls(Chosen(source="other")) == []


def test_single_letters_are_shown_without_what_a_terminal_would_obey(
    desk: Callable[..., Desk], capfd: pytest.CaptureFixture[str]
) -> None:
    at = desk()
    code, text = at.show("o/0/2")
    assert code == 0
    assert text.startswith("o/0/2  (source orders; out.dead/0/2, 20")
    assert "  no \\x1b[31mJSON\n" in text
    code, text = at.show("o/0/1", as_json=True)
    assert json.loads(text)["record"] == BAD[1].decode()
    capfd.readouterr()
    assert shown("job.yaml", (), Chosen(places=frozenset({"o/0/77"})), 10, as_json=False) == 1
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "cep: there is no dead letter of o/0/77\n")


@pytest.mark.parametrize("place", ["o/0", "o/0/x", "77", "o/0/7 "])
def test_what_is_no_place_is_said(desk: Callable[..., Desk], capfd: pytest.CaptureFixture[str], place: str) -> None:
    at = desk()
    chosen = Chosen(places=frozenset({place}))
    assert shown("job.yaml", (), chosen, 10, as_json=False) == 2
    assert f"error[C0339]: `{place}` is no place of a record" in capfd.readouterr().err
    assert at.replay(places=chosen.places) == {"code": 2}


def test_a_replay_is_the_record_as_it_was_with_its_attempt(desk: Callable[..., Desk]) -> None:
    at = desk()
    assert at.replay(reason="total") == {"code": 0, "ready": 2}
    assert at.replays() == [
        (b"k0", BAD[0], {"trace": b"t0", "cep-replay": b"1", "cep-replay-of": b"o/0/0"}),
        (b"k1", BAD[1], {"trace": b"t1", "cep-replay": b"1", "cep-replay-of": b"o/0/1"}),
    ]
    assert at.replay() == {"code": 0, "ready": 1, "done": 2}
    assert at.replay() == {"code": 1, "done": 3}
    assert at.replay(Terms(again=True), limit=1) == {"code": 0, "ready": 1}


def test_what_has_come_back_is_not_replayed_unless_it_may(desk: Callable[..., Desk]) -> None:
    at = desk(BAD[:1])
    assert at.replay() == {"code": 0, "ready": 1}
    at.job.written["o"] += 1
    at.job.run()
    assert at.ls()[0]["count"] == 2
    assert at.replay() == {"code": 1, "done": 1, "returned": 1}
    assert at.replay(Terms(attempts=2)) == {"code": 0, "ready": 1, "done": 1}
    assert at.replays()[-1][2] == {"trace": b"t0", "cep-replay": b"2", "cep-replay-of": b"o/0/1"}


def test_a_record_that_is_gone_goes_bare_or_not_at_all(desk: Callable[..., Desk]) -> None:
    at = desk()
    at.job.cluster.retain("o", 0, 2)
    assert at.replay() == {"code": 0, "ready": 1, "gone": 2}
    assert at.replay(Terms(bare=True)) == {"code": 0, "ready": 2, "done": 1}
    assert at.replays()[1] == (None, BAD[0], {"cep-replay": b"1", "cep-replay-of": b"o/0/0"})


def test_another_topic_gets_it_by_its_key(desk: Callable[..., Desk]) -> None:
    at = desk(BAD[:1])
    at.job.cluster.create("mend", 3)
    assert at.replay(Terms(to="nowhere"))["code"] == 2
    assert at.replay(Terms(to="mend")) == {"code": 0, "ready": 1}
    assert [value for _, value, _ in at.replays("mend")] == [BAD[0]]
    assert at.replays() == []


def test_what_is_redacted_goes_back_only_where_it_lies(desk: Callable[..., Desk]) -> None:
    at = desk(BAD, more="redact: [total]\n")
    at.job.cluster.create("mend", 1)
    assert sum(of["redacted"] for of in at.ls()) == 3
    assert "redacted: values are left out" in at.show("o/0/0")[1]
    assert at.replay(Terms(to="mend")) == {"code": 1, "shown": 3}
    assert at.replay(places={"o/0/0"}) == {"code": 0, "ready": 1}
    assert at.replays()[0][1] == BAD[0]
    at.job.cluster.retain("o", 0, 3)
    assert at.replay(Terms(bare=True)) == {"code": 1, "done": 1, "withheld": 2}


def test_nothing_is_written_without_a_yes(desk: Callable[..., Desk]) -> None:
    at = desk()
    before = len(at.job.cluster.records("out.dead"))
    assert at.replay(yes=False) == {"code": 2}
    assert at.replays() == [] and len(at.job.cluster.records("out.dead")) == before


def test_a_topic_made_anew_is_not_taken_for_the_old_one(desk: Callable[..., Desk]) -> None:
    at = desk(BAD[:1])
    at.job.cluster.delete("o")
    assert at.replay() == {"code": 1, "nowhere": 1}
    at.job.cluster.create("o", 1)
    at.job.cluster.write("o", b"something else")
    assert at.replay() == {"code": 1, "other": 1}


def test_a_death_anywhere_doubles_and_loses_nothing(desk: Callable[..., Desk]) -> None:
    at = desk()
    at.replay()
    calls = [point.call for point in at.job.cluster.faults.points]
    first = next(index for index, call in enumerate(calls) if call == "producer.init_transactions")
    assert len(calls) - first > 8
    deaths = 0
    for number in range(first - 20, len(calls)):
        for moment in Moment:
            again = desk()
            again.job.cluster.faults.at(number, Fault(moment))
            try:
                again.replay()
            except Died:
                deaths += 1
            again.replay()
            assert sorted(value or b"" for _, value, _ in again.replays()) == sorted(BAD), (number, moment)
    assert deaths > 30


def test_dead_letters_in_a_file(desk: Callable[..., Desk]) -> None:
    at = desk()
    lines = [entry.value or b"" for entry in at.job.cluster.records("out.dead")]
    Path("dead.jsonl").write_bytes(b"\n".join(lines) + b"\nsomething\n")
    at.where = "dead.jsonl"
    assert at.ls()[0]["count"] == 2
    assert at.replay() == {"code": 2}
    text = Path("job.yaml").read_text(encoding="utf-8")
    Path("job.yaml").write_text(text.replace("dead_letters: {topic: out.dead}", "dead_letters: {file: dead.jsonl}"))
    at.where = "job.yaml"
    assert at.replay() == {"code": 0, "ready": 3}
    assert at.replay() == {"code": 1, "done": 3}
    assert len(Path("dead.jsonl.replayed").read_bytes().splitlines()) == 3
    assert at.ls()[0]["replayed"] == 2


def test_alerts_that_a_web_address_refused(desk: Callable[..., Desk]) -> None:
    at = desk()
    alert = b'{"alert_id":"a","revision":1}'
    offset = at.job.cluster.write("out.alerts", alert, b"key", 0, [("cep-alert-id", b"a")])
    DeadFile(Path("refused.jsonl")).put(("out.alerts", 0), offset, "HTTP 422: no", alert)
    at.where, at.given = "refused.jsonl", ("bootstrap.servers=simulated",)
    assert at.ls()[0]["reason"] == "HTTP 422: no"
    assert at.replay() == {"code": 0, "ready": 1}
    ((key, value, headers),) = at.replays("out.alerts")
    assert (key, value, headers["cep-alert-id"], headers["cep-replay"]) == (b"key", alert, b"a", b"1")
    assert at.replay() == {"code": 1, "done": 1}


def test_a_topic_by_its_name(desk: Callable[..., Desk]) -> None:
    at = desk()
    at.where, at.given = KINDS["dead_letters"], ("bootstrap.servers=simulated",)
    assert at.ls()[0]["count"] == 2
    assert at.ls()[0]["rules"] == []
    assert at.replay() == {"code": 0, "ready": 3}
