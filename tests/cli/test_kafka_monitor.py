"""A call to the cluster that does not come back ends the process."""

from __future__ import annotations

import threading
import time

import pytest

from cep.cli.kafka_monitor import HANGS, Watch, watched
from cep.cli.telling import tell
from cep.connectors.kafka.observed.course import Course
from cep.connectors.kafka.port import KafkaFailure, Trouble
from cep.connectors.kafka.topology import Topology
from cep.runtime.metrics.health import LONGEST
from cep.testing.simulated_kafka.clock import VirtualClock


@pytest.mark.parametrize(("seconds", "comes_back"), [(LONGEST + 1, False), (LONGEST - 1, False), (LONGEST + 1, True)])
def test_only_a_call_that_hangs(seconds: float, comes_back: bool, capfd: pytest.CaptureFixture[str]) -> None:
    clock, codes, ended = VirtualClock(), list[int](), threading.Event()
    course = Course(clock, Topology({"orders": 1}, "orders", "changelog"), transactional=True)

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    hangs = seconds > LONGEST and not comes_back
    with watched(course, tell, every=0.005, end=end):
        course.tries("handing over offsets")
        if comes_back:
            course.returned()
        clock.advance(seconds)
        if hangs:
            assert ended.wait(10)
        else:
            time.sleep(0.05)
    assert codes == ([HANGS] if hangs else [])
    assert ("handing over offsets has not come back for 60 s" in capfd.readouterr().err) is hangs


def test_a_call_that_is_not_answered_is_told_once_and_so_is_the_end_of_it(capfd: pytest.CaptureFixture[str]) -> None:
    clock = VirtualClock()
    course = Course(clock, Topology({"orders": 1}, "orders", "changelog"), transactional=True)
    watch = Watch(course, tell)
    course.tries("committing")
    for second in range(1, 40):
        clock.advance(1.0)
        if second == 30:
            # it fails, and is made again
            course.fails("committing", KafkaFailure(Trouble.RETRIABLE, "_TIMED_OUT", "timed out"))
            course.returned()
        if second == 31:
            course.tries("committing")
        assert not watch.hangs()
    course.returned()
    course.answered("committing")
    assert not watch.hangs()
    assert not watch.hangs()
    assert capfd.readouterr().err.splitlines() == [
        "cep: warning: committing is not answered for 5 s; it is waited for",
        "cep: the cluster answers again",
    ]
