"""The state of a shared rule under one key as bytes, and back.

What is left over is not written and everything is numbered anew, so that equal states give equal bytes. Of each start
its numbers of open partial matches are written: to count them again would take a pass over the graph for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from cep.engine.machine import Machine
from cep.engine.record import Record
from cep.engine.shared.keyed import SharedKeyed, compacted
from cep.engine.shared.machine import SharedMachine
from cep.engine.shared.node import Node
from cep.engine.snapshot import Bound, Decode, pack, part_name, unpack


class Bind(msgspec.Struct, array_like=True):
    """A node: event, whether a partial match begins with it, number of its latest start, stretches before it."""

    event: int
    begins: bool
    latest: int
    before: list[int]


class Graph(msgspec.Struct, array_like=True):
    """A key's state. `events` in their order; `starts` by event, each with its numbers by link; `nodes` by stage;
    `waits`: by link the latest start (0: nothing waits) and where in the list what waits begins."""

    key: list[object]
    events: list[Bound]
    starts: list[tuple[int, list[int]]]
    nodes: list[list[Bind]]
    waits: list[tuple[int, int]]


ENCODER = msgspec.msgpack.Encoder()
GRAPH = msgspec.msgpack.Decoder(Graph)


def write_shared_parts(machines: Iterable[Machine], events: tuple[str, ...]) -> dict[bytes, bytes]:
    """The state of the shared rules among `machines`, one part for each (rule, key)."""
    return {
        part_name(machine.rule.name, keyed.key): write_shared_key(keyed, events)
        for machine in machines
        if isinstance(machine, SharedMachine)
        for keyed in machine.keys.values()
        if isinstance(keyed, SharedKeyed)
    }


def write_shared_key(keyed: SharedKeyed, events: tuple[str, ...]) -> bytes:
    """The state of one key; `events` are the event types of the plan."""
    return ENCODER.encode(graph(keyed, events))


def graph(keyed: SharedKeyed, names: tuple[str, ...]) -> Graph:
    """A key's state as it is written; `names` are the event types of the plan."""
    kept = compacted(keyed)
    recs = {node.at: node.rec for nodes in kept.stages for node in nodes}
    numbers = {rec[:5]: at - 1 for at, rec in recs.items()}
    return Graph(
        [pack(value) for value in keyed.key],
        [Bound(names[r[5]], r[0], r[2], r[3], r[4], r[7]) for _, r in sorted(recs.items())],
        [(numbers[rec[:5]], counts) for _, rec, counts in kept.starts],
        [[Bind(n.at - 1, n.start > 0, n.latest, list(n.before)) for n in nodes] for nodes in kept.stages],
        list(zip(kept.waits, kept.low, strict=True)),
    )


def read_shared_parts(machines: Iterable[Machine], parts: Mapping[bytes, bytes], decode: Decode) -> dict[bytes, bytes]:
    """Take over the parts of `write_shared_parts`; gives back the others. Raises msgspec.DecodeError for bytes that
    are none."""
    shared = {machine.rule.name: machine for machine in machines if isinstance(machine, SharedMachine)}
    rest = {}
    for name, part in parts.items():
        rule, key, *_ = msgspec.msgpack.decode(name)
        if rule in shared and key is not None:
            read(shared[rule], GRAPH.decode(part), decode)
        else:
            rest[name] = part
    return rest


def read(machine: SharedMachine, state: Graph, decode: Decode) -> None:
    """A key's state again, with its deadline."""
    recs = [decode(b.type, b.time, b.topic, b.partition, b.offset, b.raw) for b in state.events]
    values = tuple(unpack(value) for value in state.key)
    keyed = machine.open(values[0] if machine.single else values)
    keyed.stages = [
        [node(machine, stage, number, bind, recs) for number, bind in enumerate(nodes)]
        for stage, nodes in enumerate(state.nodes)
    ]
    keyed.waits = [latest for latest, _ in state.waits]
    keyed.low = [low for _, low in state.waits]
    keyed.restart([(number, recs[event], counts) for number, (event, counts) in enumerate(state.starts, 1)])
    machine.settled(keyed)


def node(machine: SharedMachine, stage: int, number: int, bind: Bind, recs: list[Record]) -> Node:
    """A node."""
    step = machine.sharing.stages[stage].state
    start = bind.latest if bind.begins else 0
    return Node(recs[bind.event], bind.event + 1, stage, step, number, start, bind.latest, tuple(bind.before))
