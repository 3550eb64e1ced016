"""The group coordinator: members, generations, who may commit offsets.

The classic protocol with cooperative rebalancing: when a member comes, goes or has given partitions up, all members
join again; with the last of them, or when time is up, a generation begins. A partition that belongs to somebody else
now is given away only in the generation after the one in which its owner was told to let go of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from cep.connectors.kafka.port import Place, Position
from cep.testing.simulated_kafka.assignor import Claim, assign
from cep.testing.simulated_kafka.clock import Timer, VirtualClock
from cep.testing.simulated_kafka.failures import failure
from cep.testing.simulated_kafka.offsets import GroupOffsets


@dataclass(frozen=True, slots=True)
class MemberIdentity:
    """Who a consumer is in its group: what the port calls `GroupMetadata`."""

    group: str
    member: str = ""
    generation: int = -1
    instance: str = ""


class Listener(Protocol):
    """The client behind a member."""

    def synced(self, member: str, generation: int, places: frozenset[Place]) -> None:
        """A generation has begun, and this is the member's share."""


@dataclass(frozen=True, slots=True)
class Joining:
    """A request to join. `session`, `patience`: seconds without a heartbeat, and for joining again."""

    who: MemberIdentity
    claim: Claim
    session: float
    patience: float
    listener: Listener


@dataclass(slots=True, eq=False)
class _Member:
    """What the coordinator knows of a member."""

    joining: Joining
    has_joined: bool = True
    share: frozenset[Place] = frozenset()
    silence: Timer | None = None


@dataclass(slots=True, eq=False)
class _Group:
    """One group."""

    offsets: GroupOffsets = field(default_factory=GroupOffsets)
    generation: int = 0
    members: dict[str, _Member] = field(default_factory=dict)
    statics: dict[str, str] = field(default_factory=dict)
    is_rebalancing: bool = False
    deadline: Timer | None = None


class GroupCoordinator:
    """All groups of the cluster. `counts`: the number of partitions of each topic; `is_up`: whether the broker runs."""

    def __init__(self, clock: VirtualClock, counts: Callable[[], Mapping[str, int]], is_up: Callable[[], bool]) -> None:
        self._clock = clock
        self._counts = counts
        self._is_up = is_up
        self._groups: dict[str, _Group] = {}
        self._numbers = count(1)

    # ------------------------------------------------------------ offsets

    def offsets(self, group: str) -> GroupOffsets:
        """What a group has committed."""
        return self._group(group).offsets

    def commit(self, who: MemberIdentity, positions: Sequence[Position]) -> None:
        """Commit offsets outside a transaction."""
        self._check(who, positions, in_transaction=False)
        self.offsets(who.group).commit(positions)

    def stage(self, who: MemberIdentity, producer: int, positions: Sequence[Position]) -> None:
        """Make offsets part of a transaction."""
        self._check(who, positions, in_transaction=True)
        self.offsets(who.group).stage(producer, positions)

    def forget(self, topic: str) -> None:
        """A topic was deleted, and with it what was committed of it."""
        for group in self._groups.values():
            group.offsets.forget(topic)

    def _check(self, who: MemberIdentity, positions: Sequence[Position], *, in_transaction: bool) -> None:
        """As the broker does (`ClassicGroup.validateOffsetCommit`).

        In a transaction it takes the offsets of a client that names neither member nor generation, whoever else is in
        the group. So does librdkafka before it has joined for the first time."""
        group = self._group(who.group)
        if who.generation >= 0 or who.member or who.instance:
            if who.generation < 0 and not group.members:
                return
            self._check_member(group, who)
            if who.generation != group.generation:
                raise failure("ILLEGAL_GENERATION", f"generation {who.generation} of `{who.group}` is over")
        elif group.members and not in_transaction:
            raise failure("UNKNOWN_MEMBER_ID", f"this consumer is no member of `{who.group}`, which has some")
        counts = self._counts()
        for each in positions:
            if each.partition >= counts.get(each.topic, 0):
                raise failure("UNKNOWN_TOPIC_OR_PARTITION", f"there is no partition {each.partition} of `{each.topic}`")

    def _check_member(self, group: _Group, who: MemberIdentity) -> None:
        if who.instance and group.statics.get(who.instance, who.member) != who.member:
            raise failure("FENCED_INSTANCE_ID", f"another process is `{who.instance}` of `{who.group}` now")
        if who.member not in group.members:
            raise failure("UNKNOWN_MEMBER_ID", f"`{who.group}` has no member of that id (any more)")

    # ------------------------------------------------------------ members

    def join(self, joining: Joining) -> str:
        """Join, or join again; the member's id. `Listener.synced` follows, at once or later. Raises `KafkaFailure`."""
        group = self._group(joining.who.group)
        who = joining.who
        known = group.statics.get(who.instance) if who.instance else None
        if who.member:
            self._check_member(group, who)
            name = who.member
            member = group.members[name]
        elif known is not None:
            return self._take_over(group, known, joining)
        else:
            name = self._new_name(group, who)
            member = group.members[name] = _Member(joining)
        member.joining = joining
        member.has_joined = True
        self._rebalance(group, name)
        return name

    def leave(self, who: MemberIdentity) -> None:
        """Leave the group."""
        group = self._group(who.group)
        if who.member in group.members:
            self._remove(group, who.member)

    def heartbeat(self, who: MemberIdentity) -> str:
        """What the coordinator answers: the name of an error, or nothing."""
        group = self._group(who.group)
        if who.instance and group.statics.get(who.instance, who.member) != who.member:
            return "FENCED_INSTANCE_ID"
        if who.member not in group.members:
            return "UNKNOWN_MEMBER_ID"
        if who.generation != group.generation:
            return "ILLEGAL_GENERATION"
        return "REBALANCE_IN_PROGRESS" if group.is_rebalancing else ""

    def silent(self, who: MemberIdentity) -> None:
        """Nothing is heard of a member from now on: it is out when its session time-out has passed."""
        group = self._group(who.group)
        member = group.members.get(who.member)
        if member is not None and member.silence is None:
            session = member.joining.session
            member.silence = self._clock.after(session, lambda: self._expire(group, who.member, session))

    def heard(self, who: MemberIdentity) -> None:
        """A member is heard of again."""
        member = self._group(who.group).members.get(who.member)
        if member is not None and member.silence is not None:
            member.silence.cancel()
            member.silence = None

    def members(self, group: str) -> dict[str, frozenset[Place]]:
        """By member the share that it has in the current generation."""
        return {name: member.share for name, member in self._group(group).members.items()}

    def owned(self, group: str) -> frozenset[Place] | None:
        """What all members have together; None: there are none, or they join just now."""
        found = self._group(group)
        if found.is_rebalancing or not found.members:
            return None
        return frozenset(place for member in found.members.values() for place in member.share)

    # ------------------------------------------------------------ rebalancing

    def _group(self, name: str) -> _Group:
        return self._groups.setdefault(name, _Group())

    def _new_name(self, group: _Group, who: MemberIdentity) -> str:
        name = f"member-{next(self._numbers)}"
        if who.instance:
            group.statics[who.instance] = name
        return name

    def _take_over(self, group: _Group, known: str, joining: Joining) -> str:
        """A static member is back (KIP-345): it gets its share without a rebalance; who had its place is fenced.

        The broker does not look at what has changed: neither at other topics, nor at partitions that the one before was
        told to let go of, which belong to nobody until the members join for another reason."""
        before = group.members.pop(known)
        if before.silence is not None:
            before.silence.cancel()
        name = self._new_name(group, joining.who)
        member = group.members[name] = _Member(joining, share=before.share)
        if group.is_rebalancing:
            self._rebalance(group, name)
        else:
            member.has_joined = False
            joining.listener.synced(name, group.generation, member.share)
        return name

    def _expire(self, group: _Group, name: str, session: float) -> None:
        member = group.members[name]
        if self._is_up():
            self._remove(group, name)
        else:
            # a coordinator that has just started gives everybody their time again
            member.silence = self._clock.after(session, lambda: self._expire(group, name, session))

    def _remove(self, group: _Group, name: str) -> None:
        member = group.members.pop(name)
        if member.silence is not None:
            member.silence.cancel()
        group.statics = {instance: each for instance, each in group.statics.items() if each != name}
        self._rebalance(group, None)

    def _rebalance(self, group: _Group, cause: str | None) -> None:
        """All have to join again; `cause` has."""
        if not group.is_rebalancing:
            group.is_rebalancing = True
            for name, member in group.members.items():
                member.has_joined = name == cause
            patience = max((member.joining.patience for member in group.members.values()), default=0.0)
            group.deadline = self._clock.after(patience, lambda: self._time_is_up(group))
        if all(member.has_joined for member in group.members.values()):
            self._begin_generation(group)

    def _time_is_up(self, group: _Group) -> None:
        """Members that have not joined are out; static ones stay until their session ends."""
        late = [name for name, member in group.members.items() if not member.has_joined]
        for name in late:
            if name not in group.statics.values():
                member = group.members.pop(name)
                if member.silence is not None:
                    member.silence.cancel()
        self._begin_generation(group)

    def _begin_generation(self, group: _Group) -> None:
        group.is_rebalancing = False
        group.generation += 1
        if group.deadline is not None:
            group.deadline.cancel()
        claims = {name: member.joining.claim for name, member in group.members.items()}
        target = assign(claims, self._counts())
        joined = [(name, member) for name, member in group.members.items() if member.has_joined]
        for name, member in joined:
            elsewhere = {place for other, claim in claims.items() if other != name for place in claim.owned}
            member.share = frozenset(target[name] - elsewhere)
            member.has_joined = False
        for name, member in joined:
            member.joining.listener.synced(name, group.generation, member.share)
