"""The scenarios of groups and of committed offsets."""

from __future__ import annotations

from contextlib import suppress

from cep.connectors.kafka.port import KafkaFailure, Position, Trouble
from tests.kafka.conformance.stage import PATIENCE, Member, Stage, failing, patiently, to_end


def offsets_are_committed_with_their_metadata(stage: Stage) -> None:
    topic = stage.topic(3)
    consumer = stage.consumer()
    assert consumer.committed([(topic, 0)], PATIENCE) == {}
    consumer.commit([Position(topic, 0, 4, "note"), Position(topic, 1, 2)])
    assert consumer.committed([(topic, 0), (topic, 1), (topic, 2)], PATIENCE) == {
        (topic, 0): Position(topic, 0, 4, "note"),
        (topic, 1): Position(topic, 1, 2),
    }


def offsets_are_part_of_a_transaction(stage: Stage) -> None:
    topic = stage.topic()
    consumer = stage.consumer()
    producer = stage.transactional()
    producer.begin()
    producer.send_offsets([Position(topic, 0, 5, "note")], consumer.group(), PATIENCE)
    producer.commit(PATIENCE)
    assert consumer.committed([(topic, 0)], PATIENCE) == {(topic, 0): Position(topic, 0, 5, "note")}
    producer.begin()
    producer.send_offsets([Position(topic, 0, 9)], consumer.group(), PATIENCE)
    producer.abort(PATIENCE)
    assert consumer.committed([(topic, 0)], PATIENCE) == {(topic, 0): Position(topic, 0, 5, "note")}


def committed_waits_for_a_transaction(stage: Stage) -> None:
    topic = stage.topic()
    consumer = stage.consumer()
    producer = stage.transactional()
    producer.begin()
    producer.send_offsets([Position(topic, 0, 5)], consumer.group(), PATIENCE)
    assert failing(lambda: consumer.committed([(topic, 0)], 1.0)).trouble is Trouble.RETRIABLE
    producer.commit(PATIENCE)
    assert consumer.committed([(topic, 0)], PATIENCE) == {(topic, 0): Position(topic, 0, 5)}


def an_offset_committed_behind_a_staged_one_stays(stage: Stage) -> None:
    topic = stage.topic()
    consumer = stage.consumer()
    producer = stage.transactional()
    producer.begin()
    producer.send_offsets([Position(topic, 0, 5)], consumer.group(), PATIENCE)
    consumer.commit([Position(topic, 0, 7)])
    producer.commit(PATIENCE)
    assert consumer.committed([(topic, 0)], PATIENCE) == {(topic, 0): Position(topic, 0, 7)}


def a_member_alone_owns_everything(stage: Stage) -> None:
    topic = stage.topic(3)
    member = Member(stage, [topic])
    stage.until(lambda: len(member.owned) == 3, member.consumer)
    assert member.told == [("assigned", frozenset((topic, number) for number in range(3)))]


def what_members_own_together_is_told(stage: Stage) -> None:
    topic = stage.topic(3)
    assert stage.owned() is None
    one, two = Member(stage, [topic]), Member(stage, [topic])
    stage.until(lambda: bool(one.owned and two.owned), one.consumer, two.consumer)
    stage.until(lambda: stage.owned() == frozenset(one.owned | two.owned), one.consumer, two.consumer)


def members_share_and_only_what_moves_is_revoked(stage: Stage) -> None:
    topic = stage.topic(4)
    one = Member(stage, [topic])
    stage.until(lambda: len(one.owned) == 4, one.consumer)
    two = Member(stage, [topic])
    stage.until(lambda: len(two.owned) == 2, one.consumer, two.consumer)
    assert [kind for kind, _ in one.told] == ["assigned", "revoked"]
    assert one.told[1][1] == two.told[0][1]
    one.consumer.close()
    assert [kind for kind, _ in one.told] == ["assigned", "revoked", "revoked"]
    stage.until(lambda: len(two.owned) == 4, two.consumer)
    assert [kind for kind, _ in two.told] == ["assigned", "assigned"]


def an_old_generation_does_not_commit(stage: Stage) -> None:
    topic = stage.topic(2)
    one = Member(stage, [topic])
    stage.until(lambda: len(one.owned) == 2, one.consumer)
    stale = one.consumer.group()
    two = Member(stage, [topic])
    stage.until(lambda: len(two.owned) == 1, one.consumer, two.consumer)
    producer = stage.transactional()
    producer.begin()
    failed = failing(lambda: producer.send_offsets([Position(topic, 0, 1)], stale, PATIENCE))
    assert (failed.trouble, failed.code) == (Trouble.ABORTABLE, "ILLEGAL_GENERATION")
    producer.abort(PATIENCE)
    producer.begin()
    producer.send_offsets([Position(topic, 0, 1)], one.consumer.group(), PATIENCE)
    producer.commit(PATIENCE)


def who_is_no_member_commits_in_transactions_only(stage: Stage) -> None:
    topic = stage.topic(2)
    member = Member(stage, [topic])
    stage.until(lambda: len(member.owned) == 2, member.consumer)
    stranger = stage.consumer()
    failing(lambda: stranger.commit([Position(topic, 0, 1)]))
    producer = stage.transactional()
    producer.begin()
    producer.send_offsets([Position(topic, 0, 2)], stranger.group(), PATIENCE)
    producer.commit(PATIENCE)
    assert member.consumer.committed([(topic, 0)], PATIENCE) == {(topic, 0): Position(topic, 0, 2)}


def a_static_member_comes_back_to_what_it_had(stage: Stage) -> None:
    topic = stage.topic(4)
    one, two = (Member(stage, [topic], group_instance_id=name) for name in ("1", "2"))
    stage.until(lambda: len(one.owned) == len(two.owned) == 2, one.consumer, two.consumer)
    had, before = set(one.owned), list(two.told)
    one.consumer.close()
    assert [kind for kind, _ in one.told][-1] == "revoked"
    again = Member(stage, [topic], group_instance_id="1")
    stage.until(lambda: len(again.owned) == 2, again.consumer, two.consumer)
    assert (again.owned, two.told) == (had, before)


def who_takes_a_static_members_place_fences_it(stage: Stage) -> None:
    topic = stage.topic(2)
    old = Member(stage, [topic], group_instance_id="1")
    stage.until(lambda: len(old.owned) == 2, old.consumer)
    stale = old.consumer.group()
    new = Member(stage, [topic], group_instance_id="1")
    stage.until(lambda: len(new.owned) == 2, new.consumer)
    producer = stage.transactional()
    producer.begin()
    failed = failing(lambda: producer.send_offsets([Position(topic, 0, 1)], stale, PATIENCE))
    assert (failed.trouble, failed.code) == (Trouble.ABORTABLE, "FENCED_INSTANCE_ID")
    producer.abort(PATIENCE)
    fenced = failing(lambda: stage.until(lambda: False, old.consumer))
    assert (fenced.trouble, fenced.code) == (Trouble.FENCED, "FENCED_INSTANCE_ID")


def what_a_static_member_let_go_of_when_its_place_was_taken_belongs_to_nobody(stage: Stage) -> None:
    topic = stage.topic(4)
    one = Member(stage, [topic], group_instance_id="1", session_timeout_ms="20000")
    stage.until(lambda: len(one.owned) == 4, one.consumer)
    taken: list[Member] = []

    def take() -> None:
        if not taken:
            taken.append(Member(stage, [topic], group_instance_id="1", session_timeout_ms="20000"))
            stage.until(lambda: bool(taken[0].told), taken[0].consumer)

    one.when_revoked = take
    two = Member(stage, [topic], session_timeout_ms="20000")
    with suppress(KafkaFailure):
        # the poll in which its place is taken may tell so
        stage.until(lambda: bool(taken), one.consumer, two.consumer)
    stage.play(5, taken[0].consumer, two.consumer)
    assert (len(taken[0].owned), two.owned) == (2, set())
    assert stage.owned() == frozenset(taken[0].owned)
    three = Member(stage, [topic])
    members = (taken[0], two, three)
    stage.until(lambda: sum(len(each.owned) for each in members) == 4, *(each.consumer for each in members))


def who_polls_too_late_does_not_commit(stage: Stage) -> None:
    topic = stage.topic(2)
    late = Member(stage, [topic], max_poll_interval_ms="6000")
    stage.until(lambda: len(late.owned) == 2, late.consumer)
    other = Member(stage, [topic])
    stage.until(lambda: len(other.owned) == 2, other.consumer)
    assert late.owned
    producer = stage.transactional()
    producer.begin()
    failed = failing(lambda: producer.send_offsets([Position(topic, 0, 1)], late.consumer.group(), PATIENCE))
    assert (failed.trouble, failed.code) == (Trouble.ABORTABLE, "UNKNOWN_MEMBER_ID")
    producer.abort(PATIENCE)
    # what it was asked for before comes as `revoked` all the same, the rest is lost
    stage.until(lambda: not late.owned, late.consumer)
    assert [kind for kind, _ in late.told] == ["assigned", "revoked", "lost"]


def partitions_that_are_not_owned_can_be_read(stage: Stage) -> None:
    owned, other = stage.topic(), stage.topic()
    stage.write(other, b"0")
    member = Member(stage, [owned])
    stage.until(lambda: len(member.owned) == 1, member.consumer)
    member.consumer.start([Position(other, 0, 0)])
    assert len(to_end(member.consumer, Position(other, 0, 1)).fetched) == 1
    second = Member(stage, [owned])
    stage.write(other, b"1")
    patiently(lambda: member.consumer.start([Position(other, 0, 1)]))
    assert len(to_end(member.consumer, Position(other, 0, 2)).fetched) == 1
    second.consumer.close()


SCENARIOS = (
    offsets_are_committed_with_their_metadata,
    offsets_are_part_of_a_transaction,
    committed_waits_for_a_transaction,
    an_offset_committed_behind_a_staged_one_stays,
    a_member_alone_owns_everything,
    what_members_own_together_is_told,
    members_share_and_only_what_moves_is_revoked,
    an_old_generation_does_not_commit,
    who_is_no_member_commits_in_transactions_only,
    a_static_member_comes_back_to_what_it_had,
    who_takes_a_static_members_place_fences_it,
    what_a_static_member_let_go_of_when_its_place_was_taken_belongs_to_nobody,
    who_polls_too_late_does_not_commit,
    partitions_that_are_not_owned_can_be_read,
)
