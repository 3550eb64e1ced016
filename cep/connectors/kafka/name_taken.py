"""The name of a static member that still belongs to the process before it.

In the newer group protocol (KIP-848) a member that leaves may be followed under its `group.instance.id` at once. One
that has died keeps the name until its session is over, and whoever comes before that is refused for good
(`UNRELEASED_INSTANCE_ID`): its client is dead. So who has such a name joins once before its real start, as often as it
takes, and leaves again: what the group gives a static member it keeps for its name meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cep.connectors.kafka.bystander import Bystander
from cep.connectors.kafka.plan import SESSION, WorkerPlan, group_settings
from cep.connectors.kafka.port import Kafka, KafkaFailure
from cep.connectors.kafka.stranded import NAME
from cep.runtime.notice import Notice

TAKEN = "UNRELEASED_INSTANCE_ID"
LONGEST = 2 * SESSION
"""Seconds after which a name that is still taken is another process's: brokers know sessions of a minute at most,
unless they are told otherwise."""
EVERY = 1.0
"""Seconds between two tries."""
SETTLED = 10.0
"""Seconds after which a member that nobody has refused counts as one of the group: its share may take longer."""


def may_be_taken(plan: WorkerPlan) -> bool:
    """Whether the worker is a member of the kind that it befalls."""
    settings = group_settings(plan)
    return NAME in settings and settings.get("group.protocol", "classic") == "consumer"


def await_name(
    kafka: Kafka,
    plan: WorkerPlan,
    stop: Callable[[], bool],
    tell: Callable[[str], None],
    now: Callable[[], float],
    wait: Callable[[float], None],
) -> None:
    """Wait until the worker's name is free. `now`: seconds since some moment; `wait` lets seconds pass.

    Raises `KafkaFailure` where it is taken for longer than a session lasts."""
    if not may_be_taken(plan):
        return
    begun, has_told = now(), False
    while not stop():
        try:
            _join(kafka, plan, stop, now)
        except KafkaFailure as failure:
            if failure.code != TAKEN or now() - begun >= LONGEST:
                raise
        else:
            if has_told:
                tell("the name is free")
            return
        if not has_told:
            has_told = True
            name = group_settings(plan)[NAME]
            message = f"the name `{name}` still belongs to the process before; it is waited for, as long as its session"
            tell(Notice(message, "warning", "C0351"))
        wait(EVERY)


def _join(kafka: Kafka, plan: WorkerPlan, stop: Callable[[], bool], now: Callable[[], float]) -> None:
    member, bystander = kafka.consumer(group_settings(plan)), Bystander()
    try:
        member.subscribe([plan.topology.lead], bystander)
        begun = now()
        while not (bystander.is_in or stop() or now() - begun >= SETTLED):
            member.poll(1, 0.1)
    finally:
        with suppress(KafkaFailure):
            member.close()
