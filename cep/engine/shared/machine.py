"""A rule at run time whose partial matches are kept as a shared structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from cep.engine.detection import Detection
from cep.engine.machine import Machine
from cep.engine.record import Record
from cep.engine.run import Keyed
from cep.engine.shared.code import SharedCode
from cep.engine.shared.completion import Completion
from cep.engine.shared.keyed import SharedKeyed
from cep.engine.shared.matches import Matches
from cep.engine.shared.node import Moves, Node, moves
from cep.engine.timers import Entry, Timers
from cep.plan.plan import PlanRule
from cep.plan.sharing import Sharing


class SharedMachine(Machine):
    """The state of one such rule over all its keys. Of `Machine` it takes how matches are throttled and told."""

    def __init__(self, rule: PlanRule, code: SharedCode, timers: Timers, detections: list[Any]) -> None:
        super().__init__(rule, code, timers, detections)
        assert rule.sharing is not None
        self.sharing: Sharing = rule.sharing
        self.told: list[Detection | Completion] = detections
        self.kind = SharedKeyed
        self.moves: dict[int, Moves] = {}
        code.move_with(self.move)

    # ------------------------------------------------------------ keys

    def open(self, key: Any) -> SharedKeyed:
        """The state of a key, made if there is none."""
        keyed = self.keys.get(key)
        if keyed is None:
            keyed = self.keys[key] = SharedKeyed(self, key, self.sharing, self.limit)
        return cast(SharedKeyed, keyed)

    def blank(self, keyed: Keyed) -> None:
        """Make a key as one that has just been opened."""
        SharedKeyed.__init__(cast(SharedKeyed, keyed), self, keyed.name, self.sharing, self.limit)

    def forget(self, keyed: Keyed) -> bool:
        """Drop a key's state: nothing is open in it."""
        self.keys.pop(keyed.name, None)
        cast(SharedKeyed, keyed).release()
        return True

    # ------------------------------------------------------------ events

    def move(self, keyed: SharedKeyed, rec: Record, fits: int) -> None:
        """An event that fits the steps of a mask has come; called by the generated step functions."""
        known = self.moves.get(fits)
        if known is None:
            known = self.moves[fits] = moves(self.sharing, fits)
        stages, oldest = keyed.stages, keyed.oldest
        ends, count = keyed.take(rec, known)
        if ends:
            self.choose(keyed, lambda: Matches(self.sharing, stages, ends, oldest), count, rec)
        while keyed.open > self.limit:
            self.counters.dropped_runs += keyed.drop_oldest()
        self.settled(keyed)

    def settled(self, keyed: SharedKeyed) -> None:
        """Forget an idle key, tidy another, and see to it that it is looked at when its oldest start has had its
        time."""
        if not keyed.open:
            self.forget(keyed)
        else:
            keyed.tidy()
            oldest = keyed.census.oldest()
            if self.within is not None and keyed.scheduled is None and oldest is not None:
                keyed.scheduled = oldest[1][0] + self.within
                self.timers.push(keyed.scheduled, keyed, None, 0)
        if len(self.timers.heap) > self.timers.full:
            self.timers.compact()

    def expire(self, keyed: Keyed, due: int, entries: list[Entry]) -> None:
        """The starts whose time is over are gone, with all that began with them."""
        assert isinstance(keyed, SharedKeyed) and self.within is not None
        keyed.scheduled = None
        while (oldest := keyed.census.oldest()) is not None and oldest[1][0] + self.within <= due:
            keyed.drop_oldest()
        if keyed.stages:
            self.settled(keyed)

    # ------------------------------------------------------------ matches

    def choose(self, keyed: SharedKeyed, matches: Callable[[], Matches], count: int, rec: Record) -> None:
        """Tell what the skip strategy lets through of the matches that an event completes."""
        if self.skip == "past":
            self.tell(keyed, next(iter(matches())), rec)
            keyed.drop_all()
        elif self.skip != "nothing":
            self.tell_by_cuts(keyed, matches(), rec)
        elif self.throttle is not None:
            for nodes in matches():
                self.tell(keyed, nodes, rec)
        else:
            # They are made when they are read: until then only their graph is held.
            key = keyed.key
            self.told.append(Completion(self.index, count, matches, lambda nodes: self.detection(key, nodes)))

    def tell_by_cuts(self, keyed: SharedKeyed, matches: Matches, rec: Record) -> None:
        """Each match drops what begins before its first, or last, event of the step to skip to."""
        cut: tuple[Any, ...] = ()
        for root in matches.roots():
            for nodes in matches.beginning(root):
                if nodes[0].rec[:5] < cut:
                    break
                self.tell(keyed, nodes, rec)
                bound = [node.rec[:5] for node in nodes if node.step == self.skip_step]
                if bound:
                    cut = max(cut, bound[0] if self.skip == "first" else bound[-1])
        while (oldest := keyed.census.oldest()) is not None and oldest[1][:5] < cut:
            keyed.drop_oldest()

    def tell(self, keyed: SharedKeyed, nodes: list[Node], rec: Record) -> None:
        """A match has been selected: throttle it, tell it."""
        # What is computed of links reads their events and steps alone.
        links = cast(Any, nodes)
        suppressed = self.throttled(keyed, links, "match", rec[0])
        if suppressed is not None:
            detection = self.detection(keyed.key, nodes)
            detection.suppressed = suppressed
            self.told.append(detection)

    def detection(self, key: tuple[object, ...], nodes: list[Node]) -> Detection:
        """The detection of a match."""
        links = cast(Any, nodes)
        fields = self.code.emit(key, links) if self.code.emit is not None else ()
        return Detection(self.index, "match", key, self.labelled(links), fields)
