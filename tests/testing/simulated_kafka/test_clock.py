"""Virtual time and its timers."""

from cep.testing.simulated_kafka import VirtualClock


def test_time_moves_when_told_and_timers_go_off_in_order() -> None:
    clock = VirtualClock(100)
    heard: list[tuple[str, float]] = []
    clock.after(2, lambda: heard.append(("second", clock.elapsed())))
    clock.after(1, lambda: heard.append(("first", clock.elapsed())))
    off = clock.after(1.5, lambda: heard.append(("never", 0)))
    off.cancel()
    clock.advance(5)
    assert heard == [("first", 101), ("second", 102)]
    assert clock.wall() == 105_000_000


def test_waiting_ends_when_something_comes_true() -> None:
    clock = VirtualClock(100)
    heard: list[str] = []
    clock.after(3, lambda: heard.append("it"))
    assert not clock.wait(2, lambda: bool(heard))
    assert clock.elapsed() == 102
    assert clock.wait(2, lambda: bool(heard))
    assert clock.elapsed() == 103


def test_a_timer_may_set_another() -> None:
    clock = VirtualClock(100)
    heard: list[float] = []

    def again() -> None:
        heard.append(clock.elapsed())
        clock.after(1, again)

    clock.after(1, again)
    clock.advance(3)
    assert heard == [101, 102, 103]
