"""The matches of one event, told one after the other when somebody reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cep.engine.detection import Detection
from cep.engine.shared.matches import Matches
from cep.engine.shared.node import Node

Tell = Callable[[list[Node]], Detection]


class Completion:
    """Stands for `count` detections of rule `rule` (its index in the plan); reading makes them, each time anew.

    It holds what of the graph leads to the event, not the matches, and gives the same whatever has happened since.
    """

    __slots__ = ("count", "matches", "rule", "tell")

    def __init__(self, rule: int, count: int, matches: Callable[[], Matches], tell: Tell) -> None:
        self.rule = rule
        self.count = count
        self.matches = matches
        self.tell = tell

    def __iter__(self) -> Iterator[Detection]:
        for nodes in self.matches():
            yield self.tell(nodes)
