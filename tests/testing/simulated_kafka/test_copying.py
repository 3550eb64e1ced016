"""A small job on the simulation: exactly once whatever befalls it, and not if it makes a mistake."""

import pytest

from cep.testing.simulated_kafka import DEATHS, TIME_OUTS, every_fault
from tests.testing.simulated_kafka.copying import WANTED, Crew, cluster, copied

STEPS = 25


def disturbed(fault: str = "") -> list[str]:
    """One run for each point and fault: those that went wrong."""
    kafka = cluster(1)
    Crew(kafka, ["a"], fault).run(STEPS)
    assert copied(kafka) == WANTED
    points = [point for point in kafka.faults.points if point.number < 60]
    wrong = []
    for point, kind in every_fault(points, DEATHS + TIME_OUTS):
        kafka = cluster(1)
        kafka.faults.at(point.number, kind)
        Crew(kafka, ["a"], fault).run(STEPS)
        if copied(kafka) != WANTED:
            wrong.append(f"{kind} of {point.call}")
    return wrong


def test_each_point_with_each_death_and_time_out() -> None:
    assert disturbed() == []


@pytest.mark.parametrize("fault", ["offsets first", "abort ignored"])
def test_a_planted_mistake_is_found(fault: str) -> None:
    assert disturbed(fault)


@pytest.mark.parametrize("seed", range(60))
def test_workers_that_are_killed_frozen_and_cut_off_at_random(seed: int) -> None:
    kafka = cluster(seed)
    crew = Crew(kafka, ["a", "b", "c"])
    names = list(crew.processes)
    for _ in range(80):
        name = kafka.draw.choice(names)
        process = crew.processes[name]
        match kafka.draw.randrange(12):
            case 0:
                crew.kill(name)
            case 1:
                process.freeze()
            case 2:
                process.cut()
            case 3:
                kafka.restart(kafka.draw.random() * 20)
            case 4 | 5:
                process.mend()
                process.thaw()
        if not process.is_frozen:
            crew.step(name)
        kafka.clock.advance(kafka.draw.random())
    for process in crew.processes.values():
        process.mend()
        process.thaw()
    # a partition that a static member was told to let go of when it died belongs to nobody until somebody joins
    crew.add("d")
    crew.run(60)
    assert copied(kafka) == WANTED
