"""Members that come, go, fall silent and come back; and whose offsets are taken."""

from collections.abc import Callable, Sequence

import pytest

from cep.connectors.kafka.port import Consumer, KafkaFailure, Place, Position, Trouble
from cep.testing.simulated_kafka import Died, SimulatedKafka, SimulatedProcess
from tests.testing.simulated_kafka.support import transactional


class Worker:
    """A member that reads what it owns, and keeps a list of what it hears."""

    def __init__(self, process: SimulatedProcess, **settings: str) -> None:
        given = {"group.id": "g", **{name.replace("_", "."): value for name, value in settings.items()}}
        self.process = process
        self.consumer: Consumer = process.consumer(given)
        self.heard: list[tuple[str, list[Place]]] = []
        self.owned: set[Place] = set()
        self.when_revoked: Callable[[Sequence[Place]], None] = lambda places: None
        self.consumer.subscribe(["in"], self)

    def assigned(self, places: Sequence[Place]) -> None:
        self._hear("assigned", places)
        self.owned |= set(places)
        self.consumer.start([Position(*place, 0) for place in places])

    def revoked(self, places: Sequence[Place]) -> None:
        self._hear("revoked", places)
        self.when_revoked(places)
        self.consumer.stop(places)
        self.owned -= set(places)

    def lost(self, places: Sequence[Place]) -> None:
        self._hear("lost", places)
        self.owned -= set(places)

    def _hear(self, kind: str, places: Sequence[Place]) -> None:
        if places:
            self.heard.append((kind, list(places)))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.heard]


@pytest.fixture(params=range(10))
def kafka(request: pytest.FixtureRequest) -> SimulatedKafka:
    made = SimulatedKafka(request.param)
    made.create("in", 4)
    return made


def poll(*workers: Worker, times: int = 20, seconds: float = 0.5) -> None:
    for _ in range(times):
        for worker in workers:
            worker.consumer.poll(10, seconds)


def test_a_member_alone_owns_everything_from_a_poll_on(kafka: SimulatedKafka) -> None:
    worker = Worker(kafka.process())
    assert worker.heard == []
    worker.consumer.poll(10, 1)
    assert worker.heard == [("assigned", [("in", number) for number in range(4)])]


def test_a_second_member_gets_what_the_first_gives_up_and_nothing_else_moves(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"))
    poll(one)
    two = Worker(kafka.process("two"))
    poll(one, two)
    assert (len(one.owned), len(two.owned)) == (2, 2)
    assert one.kinds == ["assigned", "revoked"]
    assert two.kinds == ["assigned"]
    assert one.heard[1][1] == two.heard[0][1]


def test_nobody_owns_a_partition_that_another_still_has(kafka: SimulatedKafka) -> None:
    workers = [Worker(kafka.process("0"))]
    for step in range(60):
        if step in (10, 20):
            workers.append(Worker(kafka.process(str(step))))
        if step == 40:
            workers.pop(0).consumer.close()
        workers[kafka.draw.randrange(len(workers))].consumer.poll(5, 0.5)
        owned = [place for worker in workers for place in worker.owned]
        assert len(owned) == len(set(owned))
    poll(*workers)
    assert sorted(len(worker.owned) for worker in workers) == [2, 2]


def test_a_member_that_closes_gives_everything_up(kafka: SimulatedKafka) -> None:
    one, two = Worker(kafka.process("one")), Worker(kafka.process("two"))
    poll(one, two)
    committed: list[Place] = []

    def commit(places: Sequence[Place]) -> None:
        one.consumer.commit([Position(*place, 3) for place in places])
        committed.extend(places)

    one.when_revoked = commit
    one.consumer.close()
    assert one.kinds[-1] == "revoked"
    assert len(committed) == 2
    poll(two)
    assert len(two.owned) == 4
    assert two.consumer.committed(committed, 1) == {place: Position(*place, 3) for place in committed}


def test_the_dead_keep_their_partitions_until_their_session_ends(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="6000")
    two = Worker(kafka.process("two"))
    poll(one, two)
    one.process.kill()
    died = kafka.clock.elapsed()
    while len(two.owned) < 4:
        two.consumer.poll(10, 0.5)
    assert 6 <= kafka.clock.elapsed() - died < 12


def test_who_was_frozen_past_its_session_has_lost_its_partitions(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="6000")
    two = Worker(kafka.process("two"))
    poll(one, two)
    one.process.freeze()
    poll(two, times=60)
    assert len(two.owned) == 4
    one.process.thaw()
    assert len(one.owned) == 2
    poll(one, two)
    assert one.kinds[-2:] == ["lost", "assigned"]
    assert (len(one.owned), len(two.owned)) == (2, 2)


def test_a_freeze_within_the_session_goes_unnoticed(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="6000")
    two = Worker(kafka.process("two"))
    poll(one, two)
    before = list(one.heard)
    one.process.freeze()
    poll(two, times=10)
    one.process.thaw()
    poll(one, two)
    assert one.heard == before


def test_who_is_cut_off_gives_up_by_itself(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="6000")
    poll(one)
    one.process.cut()
    polled = one.consumer.poll(10, 1)
    assert [failed.trouble for failed in polled.failures] == [Trouble.RETRIABLE]
    poll(one, seconds=1)
    assert one.kinds == ["assigned", "lost"]
    one.process.mend()
    poll(one)
    assert one.kinds == ["assigned", "lost", "assigned"]


def test_a_member_that_works_too_long_between_polls_is_out(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="6000", max_poll_interval_ms="20000")
    two = Worker(kafka.process("two"), session_timeout_ms="6000")
    poll(one, two)
    poll(two, times=30, seconds=0.5)
    assert len(two.owned) == 2
    poll(two, times=60, seconds=0.5)
    assert len(two.owned) == 4
    polled = one.consumer.poll(10, 1)
    assert "_MAX_POLL_EXCEEDED" in [failed.code for failed in polled.failures]
    poll(one, two)
    assert one.kinds[-2:] == ["lost", "assigned"]


def test_a_member_that_does_not_poll_holds_a_rebalance_up_and_is_left_out(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="6000", max_poll_interval_ms="20000")
    two = Worker(kafka.process("two"), session_timeout_ms="6000", max_poll_interval_ms="20000")
    # `one` has a share that it has not taken up when `two` makes the members join again
    poll(two, times=20)
    assert (one.owned, two.owned) == (set(), set())
    poll(two, times=60)
    assert len(two.owned) == 4


def test_a_static_member_comes_back_to_its_partitions_without_a_rebalance(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="30000", group_instance_id="1")
    two = Worker(kafka.process("two"), session_timeout_ms="30000", group_instance_id="2")
    poll(one, two)
    had, before = set(one.owned), list(two.heard)
    generation = two.consumer.group()
    one.process.kill()
    poll(two, times=10)
    again = Worker(kafka.process("again"), session_timeout_ms="30000", group_instance_id="1")
    poll(again, two)
    assert (again.owned, two.heard, two.consumer.group()) == (had, before, generation)


def test_what_a_static_member_was_told_to_let_go_of_when_it_died_belongs_to_nobody(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="30000", group_instance_id="1")
    poll(one)

    def die(places: Sequence[Place]) -> None:
        one.process.kill()

    one.when_revoked = die
    two = Worker(kafka.process("two"), session_timeout_ms="30000", group_instance_id="2")
    with pytest.raises(Died):
        poll(one, two)
    # its place is taken up before the group notices, and the broker sees nothing to balance anew
    again = Worker(kafka.process("again"), session_timeout_ms="30000", group_instance_id="1")
    poll(again, two, times=100)
    assert (len(again.owned), two.owned) == (2, set())
    three = Worker(kafka.process("three"))
    poll(again, two, three)
    assert sum(len(worker.owned) for worker in (again, two, three)) == 4


def test_a_static_member_that_closes_does_not_leave(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="10000", group_instance_id="1")
    two = Worker(kafka.process("two"), session_timeout_ms="10000", group_instance_id="2")
    poll(one, two)
    one.consumer.close()
    assert one.kinds[-1] == "revoked"
    poll(two, times=10)
    assert len(two.owned) == 2
    poll(two, times=30)
    assert len(two.owned) == 4


def test_who_takes_a_static_members_place_fences_it(kafka: SimulatedKafka) -> None:
    old = Worker(kafka.process("old"), group_instance_id="1")
    poll(old)
    new = Worker(kafka.process("new"), group_instance_id="1")
    poll(new)
    assert len(new.owned) == 4
    with pytest.raises(KafkaFailure) as failed:
        poll(old)
    assert (failed.value.trouble, failed.value.code) == (Trouble.FENCED, "FENCED_INSTANCE_ID")
    assert old.kinds == ["assigned", "lost"]


def test_offsets_of_an_old_generation_are_refused(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="6000")
    poll(one)
    stale = one.consumer.group()
    two = Worker(kafka.process("two"))
    poll(one, two)
    producer = transactional(kafka.process())
    producer.begin()
    with pytest.raises(KafkaFailure) as failed:
        producer.send_offsets([Position("in", 0, 1)], stale, 10)
    assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "ILLEGAL_GENERATION")
    producer.abort(10)
    producer.begin()
    producer.send_offsets([Position("in", 0, 1)], one.consumer.group(), 10)
    producer.commit(10)
    assert kafka.committed("g") == {("in", 0): Position("in", 0, 1)}


def test_offsets_of_a_member_that_is_out_are_refused_outside_transactions(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), session_timeout_ms="6000")
    two = Worker(kafka.process("two"))
    poll(one, two)
    one.process.freeze()
    poll(two, times=60)
    one.process.thaw()
    with pytest.raises(KafkaFailure) as failed:
        one.consumer.commit([Position("in", 0, 1)])
    assert failed.value.trouble is Trouble.ABORTABLE
    assert kafka.committed("g") == {}


def test_who_is_out_commits_nothing_in_transactions_whether_it_has_heard_or_not() -> None:
    heard = []
    for seed in range(20):
        kafka = SimulatedKafka(seed)
        kafka.create("in", 4)
        one = Worker(kafka.process("one"), session_timeout_ms="6000")
        producer = transactional(one.process)
        two = Worker(kafka.process("two"))
        poll(one, two)
        before = one.consumer.group()
        one.process.freeze()
        poll(two, times=60)
        one.process.thaw()
        producer.begin()
        now = one.consumer.group()
        heard.append(now != before)
        with pytest.raises(KafkaFailure) as failed:
            producer.send_offsets([Position("in", 0, 1)], now, 10)
        assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "UNKNOWN_MEMBER_ID")
    assert set(heard) == {True, False}


def test_who_was_never_in_a_group_commits_in_transactions(kafka: SimulatedKafka) -> None:
    poll(Worker(kafka.process("one")))
    stranger = kafka.process("stranger").consumer({"group.id": "g"})
    with pytest.raises(KafkaFailure) as failed:
        stranger.commit([Position("in", 0, 1)])
    assert failed.value.code == "UNKNOWN_MEMBER_ID"
    producer = transactional(kafka.process())
    producer.begin()
    producer.send_offsets([Position("in", 0, 1)], stranger.group(), 10)
    producer.commit(10)
    assert kafka.committed("g") == {("in", 0): Position("in", 0, 1)}


def test_a_static_member_that_was_replaced_does_not_commit(kafka: SimulatedKafka) -> None:
    old = Worker(kafka.process("old"), group_instance_id="1", session_timeout_ms="6000")
    poll(old)
    old.process.freeze()
    new = Worker(kafka.process("new"), group_instance_id="1", session_timeout_ms="6000")
    poll(new)
    old.process.thaw()
    producer = transactional(old.process)
    producer.begin()
    with pytest.raises(KafkaFailure) as failed:
        producer.send_offsets([Position("in", 0, 1)], old.consumer.group(), 10)
    assert (failed.value.trouble, failed.value.code) == (Trouble.ABORTABLE, "FENCED_INSTANCE_ID")


def test_partitions_that_were_added_are_found_at_the_next_look(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), topic_metadata_refresh_interval_ms="10000")
    poll(one)
    kafka.grow("in", 6)
    poll(one, times=40)
    assert len(one.owned) == 6
    assert one.heard[-1] == ("assigned", [("in", 4), ("in", 5)])


def test_a_topic_that_was_deleted_is_given_up(kafka: SimulatedKafka) -> None:
    one = Worker(kafka.process("one"), topic_metadata_refresh_interval_ms="10000")
    poll(one)
    kafka.delete("in")
    poll(one, times=40)
    assert one.owned == set()
    assert one.kinds == ["assigned", "revoked"]


def test_a_restart_of_the_broker_leaves_the_group_as_it_is(kafka: SimulatedKafka) -> None:
    one, two = Worker(kafka.process("one")), Worker(kafka.process("two"))
    poll(one, two)
    before = list(one.heard)
    kafka.restart(4)
    poll(one, two)
    assert one.heard == before
