"""The parts of a snapshot taken over by the rules of a plan: read at once, or when their key is first touched."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from operator import itemgetter

import msgspec

from cep.engine.asleep import Dormitory, Guard
from cep.engine.blob import NEVER, UNKNOWN, Decode, known, read_blob, unpack
from cep.engine.machine import Machine
from cep.engine.shared.machine import SharedMachine
from cep.engine.shared.snapshot import read_shared_key
from cep.engine.snapshot import Reader, read_throttle_window
from cep.engine.suppress import Throttle, Window

_name = msgspec.msgpack.Decoder().decode


def read_parts(
    machines: Iterable[Machine], parts: Mapping[bytes, bytes], decode: Decode, guard: Guard, at_once: bool
) -> None:
    """Take over parts of `Matcher.snapshot`; `at_once`: read all of them, since their deadlines are not those of the
    rules any more. `guard` is entered around what is read later.

    Raises `Damaged`, msgspec.DecodeError for bytes that are none, KeyError for a rule that is not in the plan."""
    by_name = {machine.rule.name: machine for machine in machines}
    throttled: list[tuple[int, Throttle, Hashable, Window]] = []
    for name, part in parts.items():
        rule, key, *subject = _name(name)
        machine = by_name[rule]
        if key is None:
            assert machine.throttle is not None
            window = read_throttle_window(part)
            throttled.append((window.since, machine.throttle, unpack(subject[0]), window))
            continue
        if machine.dormitory is None:
            machine.dormitory = Dormitory(reading(machine, decode))
        machine.dormitory.guard = guard
        deadline, opened = known(part)
        if at_once or deadline == UNKNOWN:
            machine.dormitory.read(part)
            continue
        keyed = machine.dormitory.lay(machine, tuple(map(unpack, key)), name, part, opened)
        if deadline != NEVER:
            machine.timers.push_waking(deadline, keyed)
    # Windows stand in the order in which they end, and parts come in any order.
    for _, throttle, whose, window in sorted(throttled, key=itemgetter(0)):
        throttle.windows[whose] = window


def reading(machine: Machine, decode: Decode) -> Callable[[bytes], object]:
    """How the keys of a rule are read."""
    if isinstance(machine, SharedMachine):
        return partial(read_shared_key, machine, decode=decode)
    return lambda part: Reader(machine, read_blob(part), decode).read()
