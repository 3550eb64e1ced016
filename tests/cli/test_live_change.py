"""Rules, params and lists edited while `cep run` is under way."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from cep.cli.run_options import RunOptions
from cep.cli.run_rules import Loaded
from cep.runtime.snapshot_store import SnapshotStore
from tests.cli import test_run_state as plain
from tests.cli.live import Edit, cep, die, nothing
from tests.cli.test_run_state import JOB, change, put_back, written


def edited(shop: Path) -> Edit:
    """An edit of two rules and a list: the old version of `not_shipped` finishes."""

    def edit() -> None:
        change(shop, "shop.pattern", "severity low", "severity high version 2")
        change(shop, "shop.pattern", "total > limit", "total > limit + 20.00")
        change(shop, "shop.pattern", "within 5m", "within 10m")
        change(shop, "job.yaml", "[s9]", "[s9, s8]")

    return edit


def test_edited_rules_are_taken_between_two_pieces(shop: Path) -> None:
    code, said = cep("job.yaml", at={9: edited(shop)})
    assert code == 0
    version = said.partition("cep: version ")[2][:16]
    assert f"cep: version {version} of the rules taken at Shipped/0 at " in said
    assert "cep: rule `not_shipped`: finish-old, " in said
    assert "cep: rule `twice`: recompute, " in said
    assert "cep: rule `not_shipped`: its old version 1 has brought its last partial match to an end" in said
    assert f"  changed                1   rules taken under way, last version {version}" in said
    alerts = [json.loads(line) for line in (shop / "out" / "alerts.jsonl").read_text().splitlines()]
    assert {(alert["version"], alert["severity"]) for alert in alerts} == {(1, "low"), (2, "high")}
    assert all(alert["fields"]["total"] > 60 for alert in alerts if alert["version"] == 2)


def test_it_is_what_a_stop_and_a_start_would_do(shop: Path) -> None:
    """Behind the point of the change: the run is killed there, and goes on with edited rules."""
    assert cep("job.yaml", at={9: edited(shop)})[0] == 0
    live = written(shop)
    for name in ("state", "out"):
        put_back(shop / name, {})
    (shop / "shop.pattern").write_text(plain.RULES)
    (shop / "job.yaml").write_text(JOB)

    def edit_and_die() -> None:
        edited(shop)()
        signal.raise_signal(signal.SIGTERM)

    assert cep("job.yaml", at={9: edit_and_die}, hang_up=False)[0] == 0
    assert plain.cep("job.yaml")[0] == 0
    assert written(shop) == live


def test_the_point_is_safe_before_anything_comes_of_it(shop: Path) -> None:
    """Killed right after it, the run goes on with the rules it took."""
    change(shop, "job.yaml", "every: 0s", "every: 1h")
    assert cep("job.yaml", at={9: edited(shop), 30: nothing})[0] == 0
    undisturbed = written(shop)
    for later in (10, 11, 14):
        (shop / "shop.pattern").write_text(plain.RULES)
        (shop / "job.yaml").write_text(JOB.replace("every: 0s", "every: 1h"))
        for name in ("state", "out"):
            put_back(shop / name, {})
        assert cep("job.yaml", at={9: edited(shop), later: die})[0] == -9
        assert len(SnapshotStore(shop / "state").sequences()) == 2
        code, said = cep("job.yaml", at={})
        assert (code, written(shop)) == (0, undisturbed)
        assert "resumed                2" in said
        assert "cep: rule `twice`" not in said, "the edit was taken before"


def test_rules_that_do_not_check_leave_the_old_ones_running(shop: Path) -> None:
    assert plain.cep("job.yaml")[0] == 0
    undisturbed = written(shop)

    def half_written() -> None:
        (shop / "shop.pattern").write_text(plain.RULES[:-40])

    code, said = cep("job.yaml", "--from-start", at={5: half_written, 9: nothing})
    assert (code, written(shop)) == (0, undisturbed)
    assert said.count("shop.pattern:12:") == 2 and "error[E0" in said
    assert said.count("cep: the run goes on with the rules it has\n") == 2
    assert "  not changed            2   edits that could not be taken under way" in said


def test_one_edit_after_another(shop: Path) -> None:
    first = lambda: change(shop, "shop.pattern", "within 1m", "within 2m")  # noqa: E731
    second = lambda: change(shop, "job.yaml", "[s9]", "[s8]")  # noqa: E731
    code, said = cep("job.yaml", "--output", "json", at={9: first, 10: second, 11: nothing, 20: nothing})
    assert code == 0
    report = json.loads(said)
    assert [[of["verdict"] for of in taken["changes"]] for taken in report["live_changes"]] == [
        ["recompute"],
        ["finish-old"],
    ]
    assert report["refused_changes"] == 0
    assert report["events"] == json.loads(plain.cep("job.yaml", "--from-start", "--output", "json")[1])["events"]


def test_a_signal_while_a_change_is_under_way(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is answered by another look, which sees what was edited in between."""
    from cep.cli import run_edits

    load, looks = run_edits.loaded, []

    def slow(options: RunOptions) -> Loaded:
        found = load(options)
        looks.append(found.version().mark)
        if len(looks) == 1:
            edited(shop)()
            signal.raise_signal(signal.SIGHUP)
        return found

    monkeypatch.setattr(run_edits, "loaded", slow)
    words = lambda: change(shop, "shop.pattern", "rule twice", "# twice\nrule twice")  # noqa: E731
    code, said = cep("job.yaml", at={9: words})
    assert (code, len(looks)) == (0, 2)
    assert said.count("cep: version ") == 2


def test_what_is_redacted_stays_so(shop: Path) -> None:
    change(shop, "job.yaml", "job: shop", "job: shop\nredact: [Order.total]")

    def moved() -> None:
        change(shop, "shop.pattern", "total: decimal", 'amount: decimal from "total"  total: decimal? from "other"')
        change(shop, "shop.pattern", "where total > limit", "where amount > limit")
        change(shop, "shop.pattern", "total: o.total", "shop: o.shop")
        change(shop, "shop.pattern", "where total == a.total", "where amount == a.amount")

    code, said = cep("job.yaml", "--allow-reset", at={9: moved})
    assert (code, "of the rules taken at" in said) == (0, True), said
    assert "cep: warning: `Order.amount` is read from where a redacted field was" in said
    found = [json.loads(line) for line in (shop / "out" / "alerts.jsonl").read_text().splitlines()]
    shown = {event["source"]: event["data"]["total"] for alert in found for event in alert["events"]}
    at = int(said.partition("orders/0 at ")[2].split("\n")[0])
    assert {int(source.rpartition("/")[2]) < at for source, total in shown.items() if total == "***"} == {True}
    assert {int(source.rpartition("/")[2]) < at for source, total in shown.items() if total != "***"} == {False}
    assert plain.cep("job.yaml", "--replay", "state", "--to", "again.jsonl")[0] == 0
    assert (shop / "again.jsonl").read_bytes() == (shop / "out" / "alerts.jsonl").read_bytes()


def test_nothing_to_change(shop: Path) -> None:
    assert plain.cep("job.yaml")[0] == 0
    undisturbed = written(shop)
    code, said = cep("job.yaml", "--from-start", at={5: nothing})
    assert (code, written(shop)) == (0, undisturbed)
    assert "cep: nothing to change: the rules, params and lists are those that run\n" in said
    assert "changed " not in said


def test_a_change_of_words_alone_has_no_verdicts(shop: Path) -> None:
    code, said = cep("job.yaml", at={5: lambda: change(shop, "shop.pattern", "rule twice", "# twice\nrule twice")})
    assert code == 0
    assert "cep: version " in said and "cep: rule" not in said


def test_a_reset_is_refused_unless_it_is_allowed(shop: Path) -> None:
    def edit() -> None:
        change(shop, "shop.pattern", "match by order\n", "match by shop\n")
        change(shop, "shop.pattern", "without Shipped within", "without Shipped by order within")
        change(shop, "shop.pattern", "emit { order", "emit { shop")

    code, said = cep("job.yaml", at={9: edit})
    assert code == 0
    assert "error[C0260]: rule `not_shipped`: reset, " in said
    assert "cep: the run goes on with the rules it has\n" in said
    (shop / "shop.pattern").write_text(plain.RULES)
    code, said = cep("job.yaml", "--from-start", "--allow-reset", at={9: edit})
    assert (code, "cep: rule `not_shipped`: reset, " in said) == (0, True)


FIXED = {
    "`late`": ("out/late", "out/later"),
    "source `orders`": ("orders.jsonl, type_field", "shop.pattern, type_field"),
    "`state`": ("every: 0s", "every: 1s"),
    "`redact`": ("job: shop", "redact: [total]\njob: shop"),
    "`alerts`": ("alerts: {file: out/alerts.jsonl}", "alerts: {file: out/other.jsonl}"),
}


@pytest.mark.parametrize("what", FIXED)
def test_what_cannot_change_under_way(what: str, shop: Path) -> None:
    code, said = cep("job.yaml", at={5: lambda: change(shop, "job.yaml", *FIXED[what])})
    assert code == 0
    assert f"job.yaml: error[C0269]: {what} of the job cannot change while it runs" in said
    assert "cep: the run goes on with the rules it has\n" in said


def test_a_job_file_whose_lines_move_is_the_same(shop: Path) -> None:
    code, said = cep("job.yaml", at={5: lambda: change(shop, "job.yaml", "job: shop", "# the shop\njob: shop")})
    assert (code, "nothing to change" in said) == (0, True)


def test_a_rule_file_that_is_taken_away(shop: Path) -> None:
    (shop / "rules").mkdir()
    (shop / "rules" / "shop.pattern").write_text(plain.RULES)
    twice = 'import "shop.pattern"\nrule again { match by shop within 5m  a: Order then b: Order }\n'
    (shop / "rules" / "again.pattern").write_text(twice)
    change(shop, "job.yaml", "[shop.pattern]", "[rules]")
    code, said = cep("job.yaml", at={9: (shop / "rules" / "again.pattern").unlink})
    assert code == 0
    assert "cep: rule `again`: finish-old, " in said


def test_without_state_and_with_options(shop: Path) -> None:
    (shop / "trusted.txt").write_text("s9\n")
    (shop / "rules.pattern").write_text(plain.RULES)
    run = ["rules.pattern", "--from", "orders.jsonl", "--list", "trusted=trusted.txt", "--to", "alerts.jsonl"]
    code, said = cep(*run, at={8: lambda: (shop / "trusted.txt").write_text("s9\ns8\n") and None})
    assert code == 0
    assert "cep: rule `not_shipped`: finish-old, " in said


def test_csv_is_read_by_the_declarations_of_the_rules_that_run(shop: Path) -> None:
    def number() -> None:
        change(shop, "rules.pattern", "event Shipped { order: string", "event Shipped { order: int")

    rules = "event Shipped { order: string  at: timestamp } time at\nrule r { match by order  s: Shipped }\n"
    (shop / "rules.pattern").write_text(rules)
    rows = "".join(f"{n:05},{plain.START + n * 1000}\n" for n in range(200))
    (shop / "numbers.csv").write_text("order,at\n" + rows)
    for call in (1, 3):
        (shop / "rules.pattern").write_text(rules)
        run = ["rules.pattern", "--from", "Shipped=numbers.csv", "--to", "alerts.jsonl", "--allow-reset"]
        assert cep(*run, at={call: number})[0] == 0
        keys = [json.loads(line)["key"]["order"] for line in (shop / "alerts.jsonl").read_text().splitlines()]
        assert [int(key) for key in keys] == list(range(200))
        assert keys[0] == "00000" and keys[-1] == 199


def test_a_full_disk_leaves_the_old_rules_running(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(shop, "job.yaml", "every: 0s", "every: 1h")
    assert plain.cep("job.yaml")[0] == 0
    undisturbed = written(shop)
    write = SnapshotStore.write

    def full(store: SnapshotStore, header: object, parts: dict[bytes, bytes]) -> None:
        write(store, header, parts)  # type: ignore[arg-type]
        if store.sequences()[-1] == 2:
            raise OSError(28, "No space left on device")

    put_back(shop / "state", {})
    with monkeypatch.context() as patch:
        patch.setattr(SnapshotStore, "write", full)
        assert cep("job.yaml", at={9: edited(shop), 12: die})[0] == -9
    assert SnapshotStore(shop / "state").sequences() == [1], "what could not be made safe is not gone on from"
    (shop / "shop.pattern").write_text(plain.RULES)
    (shop / "job.yaml").write_text(JOB.replace("every: 0s", "every: 1h"))
    assert plain.cep("job.yaml")[0] == 0
    assert written(shop) == undisturbed


def test_a_signal_before_the_first_piece(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cep.cli import run_session

    opened = run_session.open_inputs

    def slow(*arguments: object) -> object:
        edited(shop)()
        signal.raise_signal(signal.SIGHUP)
        return opened(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(run_session, "open_inputs", slow)
    code, said = cep("job.yaml", at={})
    assert code == 0
    assert "of the rules taken at Shipped/0 at 0, orders/0 at 0" in said
