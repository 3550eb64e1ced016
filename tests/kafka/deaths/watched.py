"""The port as a worker that is to die sees it: calls are counted, and at one of them the process ends with SIGKILL.

A point is named by the call and by the moment: `commit after` is when a transaction is committed and the worker does
not know of it yet. `revoked` and `assigned` are what the worker does inside a rebalance, `revoked/commit` the commit
in there.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from cep.connectors.kafka.port import Admin, Consumer, Kafka, Place, Polled, Producer, Rebalance

CALLS: Mapping[str, Sequence[str]] = {
    "init_transactions": ("before", "after"),
    "alert": ("before", "after"),
    "changelog": ("before", "after"),
    "flush": ("before", "after"),
    "send_offsets": ("before", "after"),
    "commit": ("before", "after"),
    "revoked": ("before", "after"),
    "revoked/send_offsets": ("before", "after"),
    "revoked/commit": ("before", "after"),
    "assigned": ("before", "after"),
    "restore offsets": ("before", "after"),
    "restore read": ("after",),
    "restore end": ("before", "after"),
}
"""Where a worker may die. `restore`: the group's offsets are asked for, records of the changelog have been read, the
last has been read. `flush` is of alerts under `at_least_once`; under `exactly_once` there is none."""


def points(guarantee: str) -> list[str]:
    """The points of a guarantee."""
    left_out = ("flush",) if guarantee == "exactly_once" else ()
    return [f"{call} {moment}" for call, moments in CALLS.items() if call not in left_out for moment in moments]


class Watch:
    """Counts calls. `point`: the call to die at, when it comes for the `number`-th time; `mark` hears of each name of a
    call when it is made for the first time."""

    def __init__(self, point: str, number: int, mark: Callable[[str], None]) -> None:
        self._point = point
        self._left = number
        self._mark = mark
        self._marked: set[str] = set()
        self._inside = ""

    def reached(self, name: str, moment: str) -> None:
        """A call is about to be made, or has been made."""
        if f"{self._inside}{name} {moment}" == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        if moment == "after" and name not in self._marked:
            self._marked.add(name)
            self._mark(name)

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        """Make a call."""
        self.reached(name, "before")
        result = call()
        self.reached(name, "after")
        return result

    def inside(self, name: str, call: Callable[[], None]) -> None:
        """Let a rebalance be heard; what is called in there has names of its own."""
        self.reached(name, "before")
        self._inside = f"{name}/"
        call()
        self._inside = ""
        self.reached(name, "after")


class WatchedRebalance:
    """Hears of partitions, and hands on what it hears."""

    def __init__(self, heard: Rebalance, watch: Watch) -> None:
        self._heard = heard
        self._watch = watch

    def assigned(self, places: Sequence[Place]) -> None:
        """Partitions come."""
        self._watch.inside("assigned", lambda: self._heard.assigned(places))

    def revoked(self, places: Sequence[Place]) -> None:
        """Partitions go."""
        self._watch.inside("revoked", lambda: self._heard.revoked(places))

    def lost(self, places: Sequence[Place]) -> None:
        """Partitions are gone."""
        self._watch.inside("lost", lambda: self._heard.lost(places))


class WatchedClient:
    """A client some of whose calls are watched: those in `names`, under the names given there."""

    def __init__(self, client: object, watch: Watch, names: Mapping[str, str]) -> None:
        self._client = client
        self._watch = watch
        self._names = names

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        told = self._names.get(name)
        if told is None:
            return call
        return lambda *args, **named: self._watch.around(told, lambda: call(*args, **named))


class WatchedGroup(WatchedClient):
    """The consumer in the group."""

    def subscribe(self, topics: Sequence[str], rebalance: Rebalance) -> None:
        """Join the group."""
        cast(Consumer, self._client).subscribe(topics, WatchedRebalance(rebalance, self._watch))


class WatchedReader(WatchedClient):
    """The consumer that reads changelogs."""

    def poll(self, maximum: int, seconds: float) -> Polled:
        """Read on; it counts when something has come."""
        polled = cast(Consumer, self._client).poll(maximum, seconds)
        if polled.fetched:
            self._watch.reached("restore read", "after")
        return polled


class WatchedProducer(WatchedClient):
    """A producer. `changelog`: the topic whose records have a name of their own."""

    def __init__(self, client: object, watch: Watch, names: Mapping[str, str], changelog: str) -> None:
        super().__init__(client, watch, names)
        self._changelog = changelog

    def produce(self, topic: str, *args: Any, **named: Any) -> None:
        """Have a record written."""
        name = "changelog" if topic == self._changelog else "alert"
        self._watch.around(name, lambda: cast(Producer, self._client).produce(topic, *args, **named))


class WatchedKafka:
    """A cluster whose clients are watched. `job`: the job's name, by which its clients are told apart."""

    def __init__(self, kafka: Kafka, watch: Watch, job: str) -> None:
        self._kafka = kafka
        self._watch = watch
        self._job = job

    def consumer(self, settings: Mapping[str, str], *, headers: bool = False) -> Consumer:
        """A client that reads."""
        made = self._kafka.consumer(settings, headers=headers)
        if settings["group.id"] == f"{self._job}-restore":
            return cast(Consumer, WatchedReader(made, self._watch, {"stop": "restore end"}))
        return cast(Consumer, WatchedGroup(made, self._watch, {"committed": "restore offsets"}))

    def producer(self, settings: Mapping[str, str]) -> Producer:
        """A client that writes."""
        names = {call: call for call in ("init_transactions", "send_offsets", "commit")}
        if "transactional.id" not in settings:
            names["flush"] = "flush"
        made = self._kafka.producer(settings)
        return cast(Producer, WatchedProducer(made, self._watch, names, f"{self._job}-changelog"))

    def admin(self, settings: Mapping[str, str]) -> Admin:
        """A client that looks at topics."""
        return self._kafka.admin(settings)
