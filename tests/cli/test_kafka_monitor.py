"""A call to the cluster that does not come back ends the process."""

from __future__ import annotations

import threading
import time

import pytest

from cep.cli.kafka_monitor import HANGS, watched
from cep.connectors.kafka.observed.course import Course
from cep.connectors.kafka.topology import Topology
from cep.runtime.metrics.health import LONGEST


class Clock:
    """A clock that is set."""

    now = 0.0

    def wall(self) -> int:
        return 0

    def elapsed(self) -> float:
        return self.now


@pytest.mark.parametrize(("seconds", "comes_back"), [(LONGEST + 1, False), (LONGEST - 1, False), (LONGEST + 1, True)])
def test_only_a_call_that_hangs(seconds: float, comes_back: bool, capfd: pytest.CaptureFixture[str]) -> None:
    clock, codes, ended = Clock(), list[int](), threading.Event()
    course = Course(clock, Topology({"orders": 1}, "orders", "changelog"), transactional=True)

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    hangs = seconds > LONGEST and not comes_back
    with watched(course, every=0.005, end=end):
        course.tries("handing over offsets")
        if comes_back:
            course.returned()
        clock.now = seconds
        if hangs:
            assert ended.wait(10)
        else:
            time.sleep(0.05)
    assert codes == ([HANGS] if hangs else [])
    assert ("handing over offsets has not come back for 60 s" in capfd.readouterr().err) is hangs
