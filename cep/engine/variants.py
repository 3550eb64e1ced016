"""Which edges stand for one wait: as written, past its `without next`, or with a greedy loop closed."""

from __future__ import annotations

from cep.plan.nfa import Automaton


class Variants:
    """For each wait as written the mask of all that may be left of it, and which of them an absence leads to."""

    def __init__(self, automaton: Automaton) -> None:
        self.waits = automaton.waits
        self._masks = [self._mask(wait.index) for wait in automaton.waits]

    def _mask(self, index: int) -> int:
        wait = self.waits[index]
        mask = 1 << index
        for left in wait.left:
            mask |= self._mask(left)
        return mask

    def mask(self, index: int) -> int:
        """The wait `index` and all that may be left of it."""
        return self._masks[index]

    def reached(self, index: int, held: int) -> int:
        """The variant of wait `index`, live from now on, for an absence that held at wait `held`: what that one has
        passed has been passed for good."""
        past_next, closed = self._level(held)
        if past_next:
            index = left(index, self.waits[index].passed)
        for loop in closed:
            index = dict(self.waits[index].closed).get(loop, index)
        return index

    def _level(self, index: int) -> tuple[bool, tuple[int, ...]]:
        """Whether a wait is what is left past a `without next`, and which greedy loops are closed there."""
        for wait in self.waits:
            if index in (wait.twin, wait.passed, wait.rearmed):
                return True, self._level(wait.index)[1]
            for loop, left_there in wait.closed:
                if left_there == index and not wait.nexts:
                    past_next, closed = self._level(wait.index)
                    return past_next, (*closed, loop)
        return False, ()


def left(index: int, variant: int | None) -> int:
    """The variant of a wait, the wait itself where it has none."""
    return index if variant is None else variant
