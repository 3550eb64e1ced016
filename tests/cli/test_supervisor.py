"""Workers are started, started again when they die, and ended together: with processes that are only played."""

from __future__ import annotations

import signal
from collections.abc import Callable
from itertools import pairwise

import pytest

from cep.cli.interruption import INTERRUPTED, Interrupted, Interruption
from cep.cli.supervisor import FIRST, GRACE, LONGEST, STEADY, Supervisor, ended


class Played:
    """A process that ends when it is told to, or when the test says so."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.pid = number
        self.code: int | None = None
        self.heard: list[int] = []
        self.answers = {signal.SIGTERM: 0, signal.SIGINT: INTERRUPTED}

    def poll(self) -> int | None:
        return self.code

    def signal(self, number: int) -> None:
        self.heard.append(number)
        if number == signal.SIGKILL:
            self.code = -signal.SIGKILL
        elif number in self.answers and self.code is None:
            self.code = self.answers[signal.Signals(number)]


class Stage:
    """A supervisor over played processes, and the time that goes by."""

    def __init__(self, count: int) -> None:
        self.now = 0.0
        self.said: list[str] = []
        self.started: list[tuple[float, Played]] = []
        self.interruption = Interruption()
        self.over = False
        self.acts: list[tuple[float, Callable[[], object]]] = []
        self.supervisor = Supervisor(
            count, self._start, self.interruption, self,
            tell=self.said.append, wait=self._wait, is_over=lambda: self.over,
        )  # fmt: skip

    def wall(self) -> int:
        return 0

    def elapsed(self) -> float:
        return self.now

    def at(self, second: float, act: Callable[[], object]) -> None:
        """Have something happen."""
        self.acts.append((second, act))

    def stop(self, code: int = 0) -> None:
        """As SIGTERM does, or Ctrl-C."""
        self.interruption.exit_code = code

    def of(self, number: int) -> list[Played]:
        """The lives of a worker."""
        return [process for _, process in self.started if process.number == number]

    def _start(self, number: int) -> Played:
        process = Played(number)
        self.started.append((self.now, process))
        return process

    def _wait(self, seconds: float) -> None:
        self.now += seconds
        assert self.now < 10_000, "it does not end"
        due = [act for second, act in self.acts if second <= self.now]
        self.acts = [(second, act) for second, act in self.acts if second > self.now]
        for act in due:
            act()


def end(stage: Stage, number: int, code: int) -> Callable[[], None]:
    """A worker ends."""

    def act() -> None:
        stage.of(number)[-1].code = code

    return act


def test_sigterm_drains_all() -> None:
    stage = Stage(3)
    stage.at(5, stage.stop)
    assert stage.supervisor.run() == 0
    assert [process.heard for _, process in stage.started] == [[signal.SIGTERM]] * 3


def test_ctrl_c_is_passed_on() -> None:
    stage = Stage(2)
    stage.at(5, lambda: stage.stop(INTERRUPTED))
    assert stage.supervisor.run() == INTERRUPTED
    assert [process.heard for _, process in stage.started] == [[signal.SIGINT]] * 2


def test_a_second_ctrl_c_ends_all_at_once() -> None:
    stage = Stage(2)

    def again() -> None:
        raise Interrupted(INTERRUPTED)

    def deaf() -> None:
        stage.of(0)[0].answers = {}
        stage.stop(INTERRUPTED)

    stage.at(1, deaf)
    stage.at(2, again)
    with pytest.raises(Interrupted):
        stage.supervisor.run()
    # the one that does not end is ended
    assert stage.of(0)[0].heard == [signal.SIGINT, signal.SIGINT, signal.SIGKILL]
    assert stage.now == pytest.approx(2 + GRACE, abs=0.5)


def test_a_worker_that_dies_is_started_again_ever_later() -> None:
    stage = Stage(2)
    lives = 8
    for life in range(lives):
        # long after each start
        stage.at(200 * life + 1, lambda: None)

    def die() -> None:
        process = stage.of(1)[-1]
        if process.code is None:
            process.code = -signal.SIGKILL

    for tenth in range(1, 4_000):
        stage.at(tenth / 10, die)
    stage.at(400, stage.stop)
    assert stage.supervisor.run() == 0
    starts = [second for second, process in stage.started if process.number == 1]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert len(stage.of(0)) == 1
    expected = [min(FIRST * 2**n, LONGEST) for n in range(len(gaps))]
    assert gaps == pytest.approx(expected, abs=0.5)
    assert max(gaps) > LONGEST - 1
    assert "worker 1 was ended by SIGKILL; it is started again in 4 s" in stage.said


def test_one_that_was_well_for_long_is_started_soon() -> None:
    stage = Stage(1)
    for second in (0.5, 5, 20, 20 + STEADY + 10):
        stage.at(second, end(stage, 0, 3))
    stage.at(200, stage.stop)
    stage.supervisor.run()
    pauses = [said.rpartition(" in ")[2] for said in stage.said]
    assert pauses == ["1 s", "2 s", "4 s", "1 s"]


def test_what_is_wrong_with_the_job_ends_all() -> None:
    stage = Stage(2)
    stage.at(1, end(stage, 1, 2))
    assert stage.supervisor.run() == 2
    assert stage.of(0)[0].heard == [signal.SIGTERM]
    assert len(stage.started) == 2


def test_the_same_later_on_is_a_death_as_any_other() -> None:
    stage = Stage(1)
    stage.at(1, end(stage, 0, 3))
    stage.at(5, end(stage, 0, 2))
    stage.at(50, stage.stop)
    assert stage.supervisor.run() == 0
    assert len(stage.started) == 3


def test_one_that_was_ended_by_somebody_else_is_started_again() -> None:
    stage = Stage(1)
    stage.at(1, end(stage, 0, 0))
    stage.at(50, stage.stop)
    assert stage.supervisor.run() == 0
    assert len(stage.started) == 2


def test_a_worker_that_cannot_drain_is_a_failure() -> None:
    stage = Stage(2)

    def stop() -> None:
        stage.of(1)[0].answers = {signal.SIGTERM: 3}
        stage.stop()

    stage.at(1, stop)
    assert stage.supervisor.run() == 3
    assert stage.said == ["worker 1 has ended with exit code 3"]


def test_when_nobody_reads_any_more_all_end() -> None:
    stage = Stage(2)
    stage.at(1, lambda: setattr(stage, "over", True))
    assert stage.supervisor.run() == 0
    assert [process.heard for _, process in stage.started] == [[signal.SIGTERM]] * 2


def test_sighup_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(2)
    stage.at(1, lambda: setattr(stage.interruption, "_renewal", True))
    stage.at(2, stage.stop)
    stage.supervisor.run()
    assert [process.heard for _, process in stage.started] == [[signal.SIGHUP, signal.SIGTERM]] * 2


def test_how_a_process_ended_in_words() -> None:
    assert ended(0) == "has ended with exit code 0"
    assert ended(-9) == "was ended by SIGKILL"
    assert ended(-99) == "was ended by signal 99"
