"""Offsets, markers, the last stable offset, retention, compaction."""

from cep.testing.simulated_kafka.log import Marker, PartitionLog


def log_of(*records: tuple[bytes, bytes | None]) -> PartitionLog:
    log = PartitionLog("t", 0)
    for at, (key, value) in enumerate(records):
        log.append(key, value, (), at * 10)
    return log


def seen(log: PartitionLog, position: int = 0, committed: bool = True) -> list[tuple[int, bytes | None]]:
    return [(entry.offset, entry.value) for entry in log.read(position, committed, 1000)[0]]


def test_a_marker_takes_an_offset_and_is_not_delivered() -> None:
    log = log_of((b"k", b"0"))
    log.append(b"k", b"1", (), 0, producer=7)
    log.mark(7, Marker.COMMIT, 0)
    log.append(b"k", b"3", (), 0)
    assert seen(log) == [(0, b"0"), (1, b"1"), (3, b"3")]
    assert log.read(0, True, 1000)[1] == log.end == 4


def test_an_open_transaction_holds_the_last_stable_offset_back() -> None:
    log = log_of((b"k", b"0"))
    log.append(b"k", b"1", (), 0, producer=7)
    log.append(b"k", b"2", (), 0)
    assert (log.stable, log.end) == (1, 3)
    assert seen(log) == [(0, b"0")]
    assert seen(log, committed=False) == [(0, b"0"), (1, b"1"), (2, b"2")]
    log.mark(7, Marker.ABORT, 0)
    assert seen(log) == [(0, b"0"), (2, b"2")]
    assert log.stable == 4


def test_of_two_transactions_the_older_one_holds_back() -> None:
    log = PartitionLog("t", 0)
    log.append(b"k", b"0", (), 0, producer=7)
    log.append(b"k", b"1", (), 0, producer=8)
    log.mark(8, Marker.COMMIT, 0)
    assert seen(log) == []
    log.mark(7, Marker.ABORT, 0)
    assert seen(log) == [(1, b"1")]


def test_reading_stops_at_the_maximum_and_says_where_to_go_on() -> None:
    log = log_of(*[(b"k", b"%d" % at) for at in range(5)])
    entries, position = log.read(1, True, 2)
    assert [entry.offset for entry in entries] == [1, 2]
    assert position == 3


def test_a_transaction_that_was_aborted_moves_the_position_to_the_end() -> None:
    log = PartitionLog("t", 0)
    log.append(b"k", b"0", (), 0, producer=7)
    log.mark(7, Marker.ABORT, 0)
    assert log.read(0, True, 10) == ([], 2)


def test_retention_moves_the_start() -> None:
    log = log_of(*[(b"k", b"%d" % at) for at in range(5)])
    log.delete_before(3)
    assert (log.start, seen(log)) == (3, [(3, b"3"), (4, b"4")])
    log.delete_before(99)
    assert (log.start, log.end, seen(log)) == (5, 5, [])


def test_compaction_keeps_the_last_of_each_key_at_its_offset() -> None:
    log = log_of((b"a", b"0"), (b"b", b"1"), (b"a", b"2"), (b"c", b"3"))
    log.compact()
    assert seen(log) == [(1, b"1"), (2, b"2"), (3, b"3")]
    assert (log.start, log.end) == (0, 4)


def test_a_tombstone_outlives_one_compaction() -> None:
    log = log_of((b"a", b"0"), (b"a", None), (b"b", b"2"))
    log.compact()
    assert seen(log) == [(1, None), (2, b"2")]
    log.compact()
    assert seen(log) == [(2, b"2")]


def test_compaction_stops_at_the_last_stable_offset_and_at_the_active_segment() -> None:
    log = log_of((b"a", b"0"), (b"a", b"1"))
    log.append(b"a", b"2", (), 0, producer=7)
    log.append(b"a", b"3", (), 0)
    log.compact()
    assert seen(log, committed=False) == [(1, b"1"), (2, b"2"), (3, b"3")]
    log.mark(7, Marker.COMMIT, 0)
    log.compact(tail=2)
    assert seen(log) == [(2, b"2"), (3, b"3")]


def test_what_was_aborted_supersedes_nothing() -> None:
    log = log_of((b"a", b"0"))
    log.append(b"a", b"1", (), 0, producer=7)
    log.mark(7, Marker.ABORT, 0)
    log.compact()
    assert seen(log) == [(0, b"0")]
    assert log.read(1, True, 10) == ([], 3)


def test_a_log_of_which_the_end_was_compacted_away_still_ends_there() -> None:
    log = log_of((b"a", b"0"), (b"b", b"1"))
    log.append(b"b", None, (), 0)
    for _ in range(2):
        log.compact()
    assert log.read(0, True, 10)[1] == log.end == 3


def test_the_first_offset_at_a_time_may_be_a_marker_and_is_below_the_last_stable_offset() -> None:
    log = log_of((b"a", b"0"), (b"a", b"1"))
    log.append(b"a", b"2", (), 20, producer=7)
    assert (log.first_at(5, True), log.first_at(15, True), log.first_at(15, False)) == (1, None, 2)
    log.mark(7, Marker.COMMIT, 30)
    assert log.first_at(25, True) == 3
