"""`cep run job.yaml` with `state:` dies, goes on, and writes the bytes of a run that was left alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cep.cli.interruption import Interruption
from cep.cli.main import application
from cep.connectors import compression, text_feed
from cep.connectors.outputs import JobOutputs
from cep.runtime.output import Output
from cep.runtime.snapshot_header import Header
from cep.runtime.snapshot_store import SnapshotStore

RULES = """\
event Order { order: string  shop: string  total: decimal  at: timestamp } time at lateness 10s
event Shipped { order: string  at: timestamp } time at lateness 5s
param limit: decimal = 40.00
list trusted: string
rule not_shipped {
  severity low
  match by order
    o: Order where total > limit and shop not in trusted
    without Shipped within 1m
  emit { order, total: o.total }
}
rule twice { mode shadow  match by shop within 5m  a: Order then b: Order where total == a.total }
"""
JOB = """\
job: shop
rules: [shop.pattern]
sources:
  orders: {file: orders.jsonl, type_field: type}
  Shipped: {file: shipped.csv}
lists: {trusted: [s9]}
alerts: {file: out/alerts.jsonl}
shadow: {file: out/shadow.jsonl}
late: {file: out/late.jsonl}
dead_letters: {file: out/dead.jsonl}
state: {dir: state, every: 0s}
"""
START = 1_700_000_000_000
OUTPUTS = ("alerts", "shadow", "late", "dead")


def order(number: int, second: int) -> str:
    """An order as a line."""
    row = {"type": "Order", "order": f"o{number}", "shop": f"s{number % 5}", "total": number % 90}
    return json.dumps({**row, "at": START + second * 1000}) + "\n"


def order_lines(count: int) -> str:
    """Orders out of order, some late, some broken."""
    lines = [order(n, 3 * n - (n % 7) * 2 - 60 * (n % 11 == 10)) for n in range(count)]
    return "".join(line if n % 13 else "broken\n" + line for n, line in enumerate(lines))


def shipped_lines(count: int) -> str:
    """Shipments of two orders in three."""
    rows = [f"o{n},{START + (3 * n + 20 + n % 60) * 1000}\n" for n in range(count) if n % 3]
    return "order,at\n" + "".join(rows)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a job; files are read a few lines at a time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(compression, "PIECE", 700)
    monkeypatch.setattr(text_feed.TextFeed.__init__, "__defaults__", ((700, 700),))
    (tmp_path / "shop.pattern").write_text(RULES)
    (tmp_path / "job.yaml").write_text(JOB)
    (tmp_path / "orders.jsonl").write_text(order_lines(120))
    (tmp_path / "shipped.csv").write_text(shipped_lines(120))
    return tmp_path


class Death(BaseException):
    """The process is gone."""


def cep(*arguments: str, dies: int | None = None) -> tuple[int, str]:
    """`cep run` in this process: exit code and what it said. `dies`: behind that call of the outputs."""
    take, calls = JobOutputs.take, 0

    def deadly(outputs: JobOutputs, output: Output) -> None:
        nonlocal calls
        calls += 1
        take(outputs, output)
        if calls == dies:
            raise Death

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JobOutputs, "take", deadly)
        try:
            result = CliRunner().invoke(application(("run",)), ["run", *arguments])
        except Death:
            return -9, ""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def written(folder: Path) -> list[bytes]:
    """What the outputs hold."""
    return [(folder / "out" / f"{name}.jsonl").read_bytes() for name in OUTPUTS]


def plain(folder: Path) -> list[bytes]:
    """The outputs of a run without state."""
    (folder / "plain.yaml").write_text(JOB.replace("state: {dir: state, every: 0s}\n", "").replace("out/", "plain/"))
    assert cep("plain.yaml")[0] == 0
    return [(folder / "plain" / f"{name}.jsonl").read_bytes() for name in OUTPUTS]


@pytest.fixture
def undisturbed(folder: Path) -> list[bytes]:
    """The outputs of a run without state, which leaves the folder as it was."""
    found = plain(folder)
    assert all(len(each.splitlines()) > 3 for each in found)
    return found


def test_a_run_with_state_writes_what_one_without_does(folder: Path, undisturbed: list[bytes]) -> None:
    code, said = cep("job.yaml")
    assert (code, written(folder)) == (0, undisturbed)
    assert "resumed" not in said
    assert len(SnapshotStore(folder / "state").sequences()) == 3
    assert {path.stat().st_mode & 0o077 for path in (folder / "state").iterdir()} == {0}


@pytest.mark.parametrize("every", ["0s", "1h"])
def test_a_death_at_any_output(every: str, folder: Path, undisturbed: list[bytes]) -> None:
    """Each point of each write: `tests/recovery`."""
    (folder / "job.yaml").write_text(JOB.replace("every: 0s", f"every: {every}"))
    deaths = 0
    while cep("job.yaml", "--from-start", dies=5 * deaths + 1)[0] == -9:
        deaths += 1
        code, said = cep("job.yaml")
        assert (code, written(folder)) == (0, undisturbed)
        assert "resumed" in said
    assert deaths > 4


def test_a_death_in_every_run_until_it_is_done(folder: Path, undisturbed: list[bytes]) -> None:
    deaths = 0
    # the end of each input, and the end of time, are three calls at the end of a run
    while cep("job.yaml", dies=4)[0] == -9:
        deaths += 1
        assert deaths < 100
    assert deaths > 5
    assert written(folder) == undisturbed


def test_a_run_that_is_stopped_leaves_a_snapshot(
    folder: Path, undisturbed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "job.yaml").write_text(JOB.replace("every: 0s", "every: 1h"))
    asked = iter([False] * 5)
    with monkeypatch.context() as patch:
        patch.setattr(Interruption, "asked", lambda _: next(asked, True))
        code, said = cep("job.yaml", "--output", "json")
    assert (code, json.loads(said)["ending"]) == (0, "stopped")
    assert written(folder) != undisturbed
    code, said = cep("job.yaml", "--output", "json")
    assert (code, written(folder)) == (0, undisturbed)
    assert json.loads(said)["resumed"] == 2


def test_a_run_that_is_done_may_be_repeated(folder: Path, undisturbed: list[bytes]) -> None:
    assert cep("job.yaml")[0] == 0
    code, said = cep("job.yaml", "--output", "json")
    assert (code, written(folder)) == (0, undisturbed)
    report = json.loads(said)
    assert (report["events"], report["ending"]) == (0, "complete")
    assert report["resumed"] > 3


def test_damaged_snapshots_are_passed_over(folder: Path, undisturbed: list[bytes]) -> None:
    assert cep("job.yaml", dies=9)[0] == -9
    store = SnapshotStore(folder / "state")
    sequences = store.sequences()
    store.path(sequences[-1]).write_bytes(b"torn")
    assert cep("job.yaml", dies=1)[0] == -9
    for sequence in store.sequences():
        store.path(sequence).write_bytes(store.path(sequence).read_bytes()[:-1])
    code, said = cep("job.yaml")
    assert (code, written(folder)) == (0, undisturbed)
    assert said.count("is passed over: not a whole snapshot file") == 3
    assert "no snapshot is whole: the run begins at the start of its inputs" in said


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


CHANGES = {
    "a source": ("job.yaml", "shipped.csv}", "shipped.csv, delimiter: ','}", "source `Shipped` has changed"),
    "an output": ("job.yaml", "out/late", "out/later", "the file of `late` has changed"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_has_changed_is_refused_and_nothing_touched(name: str, folder: Path) -> None:
    file, old, new, message = CHANGES[name]
    assert cep("job.yaml", dies=9)[0] == -9
    before, snapshots = written(folder), SnapshotStore(folder / "state").sequences()
    change(folder, file, old, new)
    code, said = cep("job.yaml")
    assert code == 2
    assert f"error[C0260]: not as it was when the state was written: {message}" in said
    assert "start anew with `--from-start`" in said
    assert (written(folder), SnapshotStore(folder / "state").sequences()) == (before, snapshots)


def test_rules_params_and_lists_may_change(folder: Path) -> None:
    assert cep("job.yaml", dies=9)[0] == -9
    change(folder, "shop.pattern", "within 1m", "within 2m")
    change(folder, "shop.pattern", "rule twice", "rule more { match by order  s: Shipped }\nrule twice")
    change(folder, "job.yaml", "[s9]", "[s9, s8]")
    code, said = cep("job.yaml")
    assert code == 0
    assert "cep: rule `not_shipped`: finish-old, " in said
    assert " open partial matches: where of `o` (list `trusted`)\n" in said
    assert "cep: rule `more`: fresh\n" in said
    assert "cep: rule `not_shipped`: its old version 1 has brought its last partial match to an end" in said
    assert "`twice`" not in said


def test_an_old_version_is_shown_in_the_state(folder: Path) -> None:
    assert cep("job.yaml", dies=9)[0] == -9
    change(folder, "shop.pattern", "severity low", "severity low version 2")
    change(folder, "shop.pattern", "total > limit", "total > limit + 20.00")
    assert cep("job.yaml", dies=2)[0] == -9
    app = application(("state",))
    shown = CliRunner().invoke(app, ["state", "export", "job.yaml"]).stdout.splitlines()
    old = [line for line in map(json.loads, shown) if "version" in line]
    assert old and {(line["rule"], line["version"]) for line in old} == {("not_shipped", 1)}
    key = old[0]["key"]["order"]
    text = CliRunner().invoke(app, ["state", "show", key, "job.yaml"]).stdout
    assert f"not_shipped (old version 1), order {key}: 1 partial match open" in text
    listed = CliRunner().invoke(app, ["state", "ls", "job.yaml", "--output", "json"]).stdout
    assert json.loads(listed.splitlines()[0])["rules"] == {"not_shipped": "2", "twice": "1", "not_shipped@1": "1"}


def test_a_run_that_dies_after_a_change_comes_to_the_same_end(folder: Path) -> None:
    assert cep("job.yaml", dies=9)[0] == -9
    change(folder, "shop.pattern", "total > limit", "total > limit + 20.00")
    change(folder, "shop.pattern", "total == a.total", "total > a.total")
    state, out = (contents(folder / name) for name in ("state", "out"))
    assert cep("job.yaml")[0] == 0
    undisturbed = written(folder)
    for deaths in ((1,), (2, 3), (5, 1, 1), (12,)):
        for name, files in (("state", state), ("out", out)):
            put_back(folder / name, files)
        for dies in deaths:
            assert cep("job.yaml", dies=dies)[0] == -9
        assert cep("job.yaml")[0] == 0
        assert written(folder) == undisturbed


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def put_back(folder: Path, files: dict[str, bytes]) -> None:
    for path in folder.iterdir():
        path.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def test_a_reset_is_refused_and_nothing_touched_unless_it_is_allowed(folder: Path) -> None:
    assert cep("job.yaml", dies=9)[0] == -9
    change(folder, "shop.pattern", "match by order\n", "match by shop\n")
    change(folder, "shop.pattern", "without Shipped within", "without Shipped by order within")
    change(folder, "shop.pattern", "emit { order", "emit { shop")
    before, snapshots = written(folder), SnapshotStore(folder / "state").sequences()
    code, said = cep("job.yaml")
    assert code == 2
    assert "error[C0260]: rule `not_shipped`: reset, " in said
    assert "allow it with `--allow-reset`" in said
    assert (written(folder), SnapshotStore(folder / "state").sequences()) == (before, snapshots)
    code, said = cep("job.yaml", "--allow-reset")
    assert (code, "cep: rule `not_shipped`: reset, " in said) == (0, True)


def test_what_only_alerts_carry_along_may_change(folder: Path) -> None:
    assert cep("job.yaml", dies=15)[0] == -9
    change(folder, "shop.pattern", "severity low", 'severity high owner "shop"')
    assert cep("job.yaml")[0] == 0
    alerts = [json.loads(line) for line in (folder / "out" / "alerts.jsonl").read_text().splitlines()]
    assert {alert["severity"] for alert in alerts} == {"low", "high"}


def test_from_start_makes_everything_anew(folder: Path) -> None:
    assert cep("job.yaml", dies=9)[0] == -9
    change(folder, "shop.pattern", "within 1m", "within 2m")
    assert cep("job.yaml", "--from-start", dies=3)[0] == -9
    assert cep("job.yaml")[0] == 0
    assert written(folder) == plain(folder)


def test_an_output_that_was_cut_is_refused(folder: Path) -> None:
    assert cep("job.yaml")[0] == 0
    (folder / "out" / "alerts.jsonl").write_text("")
    code, said = cep("job.yaml")
    assert code == 2
    assert "error[C0260]: the file of `alerts` holds 0 bytes, and the state was written when it held" in said


def test_an_input_that_is_not_what_it_was_is_refused(folder: Path) -> None:
    assert cep("job.yaml", dies=9)[0] == -9
    change(folder, "orders.jsonl", '"order": "o', '"order": "p')
    code, said = cep("job.yaml")
    assert code == 2
    assert "error[C0261]: `orders.jsonl` does not hold what was read of it" in said


def test_an_input_that_has_grown_after_its_end(folder: Path, undisturbed: list[bytes]) -> None:
    (folder / "orders.jsonl").write_text(order_lines(100))
    assert cep("job.yaml")[0] == 0
    (folder / "orders.jsonl").write_text(order_lines(120))
    code, said = cep("job.yaml")
    assert code == 2
    assert "error[C0262]: `orders.jsonl` has grown since a run came to its end" in said


def test_an_input_may_grow_with_open_end(folder: Path) -> None:
    (folder / "job.yaml").write_text(JOB.replace("  Shipped: {file: shipped.csv}\n", ""))
    for count in (40, 80, 120):
        (folder / "orders.jsonl").write_text(order_lines(count))
        assert cep("job.yaml", "--open-end")[0] == 0
    grown = written(folder)
    assert cep("job.yaml", "--open-end", "--from-start")[0] == 0
    assert [sorted(each.splitlines()) for each in written(folder)] == [sorted(each.splitlines()) for each in grown]


def test_the_folder_of_another_job(folder: Path) -> None:
    assert cep("job.yaml")[0] == 0
    change(folder, "job.yaml", "job: shop", "job: other")
    code, said = cep("job.yaml")
    assert code == 2
    assert "belongs to the job `shop`" in said


def test_one_process_at_a_time(folder: Path) -> None:
    lock = SnapshotStore(folder / "state").open()
    assert lock is not None
    code, said = cep("job.yaml")
    assert code == 2
    assert "error[C0259]: another process works with the state in `state`" in said
    assert not (folder / "out").exists()
    lock.close()


def test_a_state_folder_that_cannot_be_used(folder: Path) -> None:
    (folder / "state").write_text("a file")
    code, said = cep("job.yaml")
    assert code == 2
    assert "error[C0264]: the state in `state` cannot be used" in said


WRONG = {
    "C0214": "state: {every: 1m}",
    "C0205": "state: {dir: state, evry: 1m}",
    "C0208": "state: {dir: state, every: often}",
    "C0209": "state: here",
}


@pytest.mark.parametrize("code", WRONG)
def test_state_in_the_job_file(code: str, folder: Path) -> None:
    change(folder, "job.yaml", "state: {dir: state, every: 0s}", WRONG[code])
    found, said = cep("job.yaml")
    assert found == 2
    assert f"error[{code}]" in said


def test_standard_input_and_pipes_cannot_be_read_again(folder: Path) -> None:
    change(folder, "job.yaml", "file: shipped.csv", "file: '-'")
    code, said = cep("job.yaml")
    assert (code, "error[C0263]: `Shipped` is standard input" in said) == (2, True)


def test_from_start_without_state(folder: Path) -> None:
    code, said = cep("shop.pattern", "--from", "orders.jsonl", "--from-start")
    assert (code, "error[C0258]" in said) == (2, True)


def test_alerts_on_standard_output_begin_again_at_the_snapshot(folder: Path) -> None:
    change(folder, "job.yaml", "out/alerts.jsonl", "'-'")
    command = [sys.executable, "-m", "cep", "run", "job.yaml", "--quiet"]
    first = subprocess.run(command, capture_output=True, check=True).stdout
    assert len(first.splitlines()) > 3
    second = subprocess.run(command, capture_output=True, check=True).stdout
    assert first.endswith(second) and len(second) < len(first)


@pytest.mark.parametrize("job", ["plain.yaml", "job.yaml"])
def test_standard_output_into_a_file_is_never_cut(job: str, folder: Path) -> None:
    change(folder, "job.yaml", "out/alerts.jsonl", "'-'")
    (folder / "plain.yaml").write_text(
        (folder / "job.yaml").read_text().replace("state: {dir: state, every: 0s}\n", "")
    )
    (folder / "all.jsonl").write_text("of others\n")
    for _ in range(2):
        with (folder / "all.jsonl").open("ab") as out:
            subprocess.run([sys.executable, "-m", "cep", "run", job, "--quiet"], stdout=out, check=True)
    lines = (folder / "all.jsonl").read_text().splitlines()
    assert lines[0] == "of others"
    assert len(lines) > 5 and all(line.startswith("{") for line in lines[1:])


def test_an_output_that_was_a_device_and_is_a_file(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "alerts.jsonl").symlink_to("/dev/null")
    assert cep("job.yaml", dies=9)[0] == -9
    (folder / "out" / "alerts.jsonl").unlink()
    code, said = cep("job.yaml")
    assert code == 0, said
    assert (folder / "out" / "alerts.jsonl").read_text().startswith("{")


def test_a_position_of_another_release(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(text_feed.TextFeed, "position", lambda _: b"\x93\x01\x02\x03")
        assert cep("job.yaml", dies=9)[0] == -9
    code, said = cep("job.yaml")
    assert (code, "error[C0260]: the position in `orders` is not of this release" in said) == (2, True)


def test_a_run_ends_where_its_last_snapshot_would_be_too_old(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, "job.yaml", "every: 0s", "every: 0s, max_snapshot_age: 0s")
    write = SnapshotStore.write

    def full(store: SnapshotStore, header: Header, parts: dict[bytes, bytes]) -> None:
        if header.sequence > 1:
            raise OSError(28, "No space left on device")
        write(store, header, parts)

    monkeypatch.setattr(SnapshotStore, "write", full)
    result = CliRunner().invoke(application(("run",)), ["run", "job.yaml"])
    assert result.exit_code == 3
    assert "error[C0304]: the state could not be written to `state`: No space left on device" in result.stderr
    monkeypatch.setattr(SnapshotStore, "write", write)
    assert cep("job.yaml")[0] == 0
    assert written(folder) == plain(folder)


def test_a_bound_on_the_age_is_a_duration(folder: Path) -> None:
    change(folder, "job.yaml", "every: 0s", "every: 0s, max_snapshot_age: 5")
    code, said = cep("job.yaml")
    assert (code, "error[C0208]" in said, "`max_snapshot_age` is a duration" in said) == (2, True, True)
