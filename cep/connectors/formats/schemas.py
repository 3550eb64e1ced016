"""Schemas by their numbers: asked of the registry in the background, so that a registry that is away stops nobody but
the partitions whose records need it.

A number that the registry does not know is asked for some times before that is believed: what a producer has just
registered may not have come to every instance of a registry. It is believed for a while only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cep.connectors.formats.reading import SchemaAwaited
from cep.connectors.formats.registry import RegisteredSchema, Registry, RegistryTrouble, SchemaUnknown

FIRST, LONGEST = 0.1, 10.0
"""Seconds between two tries while the registry is away: the first time, and at most."""
PATIENCE = (0.3, 0.7, 2.0)
"""Seconds before each further try for a number that the registry does not know."""
IDLE = 30.0
"""Seconds after which the thread ends, if nothing is asked for: most of a run's time."""
BELIEVED = 60.0
"""Seconds after which a number that the registry did not know is asked for anew."""


@dataclass(slots=True)
class _Asked:
    """A number that is asked for: when next, how often it was not known, what stands in the way."""

    due: float
    unknown: int = 0
    trouble: str | None = None


class Schemas:
    """The schemas of one registry. `now`: seconds since some moment."""

    def __init__(self, registry: Registry, now: Callable[[], float] = time.monotonic, *, threaded: bool = True) -> None:
        """Not `threaded`: somebody else calls `step`."""
        self._registry = registry
        self._now = now
        self._threaded = threaded
        self._found: dict[int, RegisteredSchema] = {}
        self._unknown: dict[int, float] = {}
        self._asked: dict[int, _Asked] = {}
        self._pause = FIRST
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def get(self, number: int) -> RegisteredSchema | None:
        """The schema, None for a number that the registry does not know. Never waits: raises `SchemaAwaited` while an
        answer is on its way."""
        if (found := self._found.get(number)) is not None:
            return found
        with self._changed:
            if number in self._unknown and self._now() < self._unknown[number]:
                return None
            asked = self._asked.get(number)
            if asked is None and number not in self._found:
                asked = self._asked[number] = _Asked(self._now())
                self._work()
        raise SchemaAwaited(number, None if asked is None else asked.trouble)

    def step(self) -> None:
        """Ask for what is due first, if something is due."""
        with self._changed:
            if self._rest() != 0.0:
                return
            number = min(self._asked, key=lambda each: self._asked[each].due)
            asked = self._asked[number]
        self._ask(number, asked)

    def _rest(self) -> float | None:
        """Seconds until something is due; None where nothing is asked for."""
        due = min((each.due for each in self._asked.values()), default=None)
        return None if due is None else max(0.0, due - self._now())

    def _ask(self, number: int, asked: _Asked) -> None:
        try:
            found = self._registry.fetch(number)
        except SchemaUnknown:
            self._not_known(number, asked)
        except RegistryTrouble as trouble:
            self._put_off(str(trouble))
        except Exception as error:
            # A defect of ours: it must not end the thread, for which partitions would wait without a word.
            self._put_off(f"asking for it failed: {type(error).__name__}")
        else:
            self._pause = FIRST
            with self._changed:
                self._found[number] = found
                self._unknown.pop(number, None)
                del self._asked[number]

    def _put_off(self, trouble: str) -> None:
        """Ask again later, for everything: nothing else would be answered either."""
        with self._changed:
            for each in self._asked.values():
                each.due, each.trouble = self._now() + self._pause, trouble
        self._pause = min(2 * self._pause, LONGEST)

    def _not_known(self, number: int, asked: _Asked) -> None:
        self._pause = FIRST
        with self._changed:
            if asked.unknown < len(PATIENCE):
                asked.due = self._now() + PATIENCE[asked.unknown]
                asked.unknown += 1
                asked.trouble = None
            else:
                self._unknown[number] = self._now() + BELIEVED
                del self._asked[number]

    # ------------------------------------------------------------ the background

    def _work(self) -> None:
        if not self._threaded:
            return
        self._changed.notify()
        if self._thread is None:
            # A daemon: a request under way keeps no process from its end.
            self._thread = threading.Thread(target=self._run, name="schema registry", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            self.step()
            with self._changed:
                rest = self._rest()
                if rest is None and not self._changed.wait(IDLE) and not self._asked:
                    self._thread = None
                    return
                if rest is not None:
                    self._changed.wait(rest)
