"""Balanced, and with few moves."""

import random

from cep.testing.simulated_kafka.assignor import Claim, assign


def test_everything_is_given_out_evenly_and_once() -> None:
    given = assign({name: Claim(["t", "u"]) for name in "abc"}, {"t": 5, "u": 3})
    assert sorted(len(mine) for mine in given.values()) == [2, 3, 3]
    assert sorted(place for mine in given.values() for place in mine) == [("t", n) for n in range(5)] + [
        ("u", n) for n in range(3)
    ]


def test_who_has_no_more_than_its_share_keeps_it() -> None:
    draw = random.Random(0)
    for _ in range(100):
        names = [str(number) for number in range(draw.randint(1, 5))]
        before = assign({name: Claim(["t"]) for name in names}, {"t": 12})
        stay = names if draw.random() < 0.5 else names[1:]
        now = [*stay, "new"] if draw.random() < 0.5 or not stay else stay
        after = assign({name: Claim(["t"], frozenset(before.get(name, ()))) for name in now}, {"t": 12})
        sizes = [len(mine) for mine in after.values()]
        assert (max(sizes) - min(sizes) <= 1, sum(sizes)) == (True, 12)
        for name in stay:
            assert len(before[name] & after[name]) == min(len(before[name]), len(after[name]))


def test_only_who_subscribes_gets_a_topic() -> None:
    given = assign({"a": Claim(["t"]), "b": Claim(["t", "u"])}, {"t": 2, "u": 4})
    assert given == {"a": {("t", 0), ("t", 1)}, "b": {("u", n) for n in range(4)}}
