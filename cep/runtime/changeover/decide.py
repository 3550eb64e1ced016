"""The verdict on each rule, from its edits and from how far its open partial matches have come; and its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cep.engine.carrying import Bridge, Common, Uncarried, carried
from cep.language.check.reads import fields_read
from cep.language.model import Absence, FunctionInfo, Mode, Rule, Step
from cep.plan.compile import compile_plan
from cep.plan.edits.event_edits import runs_on
from cep.plan.edits.meaning import Version
from cep.plan.edits.naming import Namings
from cep.plan.edits.pattern_edits import common_items
from cep.plan.edits.rule_edits import rule_edits
from cep.plan.edits.verdict import Edit, Verdict, worst
from cep.plan.plan import PlanRule
from cep.runtime.changeover.archive import FunctionFinder, KeptRules, Library
from cep.runtime.changeover.old_state import OldState, bound_events
from cep.runtime.changeover.records import fits
from cep.runtime.changeover.report import RuleChange
from cep.runtime.changeover.retired import Retired, retired_version
from cep.runtime.shard_parts import NOTHING, READ_HELD, Head, LaneState, states_by_rule
from cep.runtime.wiring import Wiring

Parts = dict[bytes, bytes]
Inputs = tuple[tuple[str, ...], str, bool]
_MODES: tuple[Mode, ...] = ("live", "shadow", "off")
"""The one that tells less behind the one that tells more."""


@dataclass(slots=True)
class Decision:
    """What becomes of one rule, or of one old version of it (`generation`).

    `change` None: nothing to tell. `state`: the parts for the present version; `finishing`: those for `retired`.
    """

    rule: str
    generation: int = 0
    change: RuleChange | None = None
    state: Parts = field(default_factory=dict)
    retired: Retired | None = None
    finishing: Parts = field(default_factory=dict)


class Decider:
    """Compares the rules of a snapshot with those of a wiring, which `present` holds by name, also those that are off.

    `find` gives the functions that old versions call.
    """

    def __init__(
        self,
        wiring: Wiring,
        present: Mapping[str, Version],
        head: Head,
        library: Library,
        find: FunctionFinder,
    ) -> None:
        self._wiring = wiring
        self._present = present
        self._head = head
        self._library = library
        self._find = find
        self._kept: dict[int, KeptRules] = {}

    def all(self, now: Mapping[str, tuple[Inputs, str]], parts: Mapping[bytes, bytes]) -> list[Decision]:
        """The decisions on all rules and old versions. `now`: by rule that runs, what it shares and its mark."""
        return [*self._current(now, parts), *self._older(parts)]

    def events_left(self, parts: Mapping[bytes, bytes]) -> set[str]:
        """The event types of which parts may hold events, or of which some wait that are read again."""
        found: set[str] = set()
        for partition in self._head.partitions:
            source = self._wiring.sources.get(partition.source) if partition.replay is not None else None
            found.update(() if source is None else source.events)
        for lane in self._head.lanes:
            states = states_by_rule(parts, lane.generation)
            for rule in lane.rules:
                if rule in states:
                    found.update(self._rules_of(lane.generation or self._head.generation).rule(rule).events)
            found.update(held.event for held in READ_HELD.decode(parts.get(lane.held, NOTHING)))
        return found

    def _current(self, now: Mapping[str, tuple[Inputs, str]], parts: Mapping[bytes, bytes]) -> Iterator[Decision]:
        states = states_by_rule(parts)
        before = {rule: lane for lane in self._head.lanes if not lane.generation for rule in lane.rules}
        namings = self._namings(before, now)
        for rule in dict.fromkeys([*sorted(before), *now]):
            lane, own = before.get(rule), states.get(rule, {})
            if lane is None:
                version = self._present[rule].rule.meta.version
                change = RuleChange(rule, None, version, Verdict.FRESH, namings.come(rule))
                yield Decision(rule, change=change)
            elif rule not in now:
                yield self._gone(rule, own, namings)
            elif now[rule] == (lane.inputs, lane.rules[rule]):
                yield Decision(rule, state=own)
            else:
                yield self._changed(rule, own, lane, now[rule][0])

    def _older(self, parts: Mapping[bytes, bytes]) -> Iterator[Decision]:
        """Old versions that have not finished."""
        for lane in self._head.lanes:
            for rule in lane.rules if lane.generation else ():
                own = states_by_rule(parts, lane.generation).get(rule, {})
                yield self._finishing(rule, lane, own)

    def _finishing(self, rule: str, lane: LaneState, parts: Parts) -> Decision:
        """An old version goes on, unless it cannot or its rule is off."""
        kept, generation = self._rules_of(lane.generation), lane.generation
        before, mode = lane.mode(rule), self._mode(kept.rule(rule), lane.mode(rule))
        if mode == "off":
            return Decision(rule, generation, self._older_change(rule, lane, parts, Verdict.RESET, mode))
        why = self._cannot_run(kept, rule, lane)
        if why is not None:
            return Decision(rule, generation, self._older_change(rule, lane, parts, Verdict.RESET, before, why))
        change = None if mode == before else self._older_change(rule, lane, parts, Verdict.KEEP, mode)
        values = kept.running_values(rule, self._find)
        retired = retired_version(kept, rule, generation, values, self._wiring, mode)
        return Decision(rule, generation, change, retired=retired, finishing=parts)

    def _older_change(
        self, rule: str, lane: LaneState, parts: Parts, verdict: Verdict, mode: str, note: str | None = None
    ) -> RuleChange:
        """What becomes of an old version, which runs in another `mode` from now on, or not any more."""
        found = OldState(self._rules_of(lane.generation), rule, parts, self._find)
        edits = () if mode == lane.mode(rule) else (Edit("mode", "", lane.mode(rule), mode, verdict),)
        version = found.version.rule.meta.version
        return RuleChange(rule, version, None, verdict, edits, found.reached.open, 0, note, lane.generation)

    def _mode(self, old: Rule, last: str | None = None) -> Mode:
        """The mode of an old version: its own or that of the rule today, whichever tells less. Of a rule that is no
        more, that in which it ran `last`."""
        present = self._present.get(old.name)
        today = last if present is None else present.rule.meta.mode
        least: Mode = "shadow" if self._wiring.shadow else "live"
        found = next((mode for mode in _MODES if mode == today), old.meta.mode)
        return max(least, old.meta.mode, found, key=_MODES.index)

    # ------------------------------------------------------------ rules that were current

    def _namings(self, before: Mapping[str, LaneState], now: Mapping[str, object]) -> Namings:
        """Which rules only have other names."""
        gone = [rule for rule in before if rule not in self._present]
        come = {rule: self._present[rule] for rule in now if rule not in before}
        kept = self._rules_of(self._head.generation) if gone and come else None
        return Namings({} if kept is None else {rule: kept.version(rule) for rule in gone}, come)

    def _gone(self, rule: str, parts: Parts, namings: Namings) -> Decision:
        """A rule that does not run any more."""
        state = self._old_state(rule, parts)
        edit = namings.gone(rule)
        if self._is_off(rule):
            edit = Edit("mode", "", state.version.rule.meta.mode, "off", Verdict.RESET)
        return self._left_behind(rule, state, None, (edit,), edit.verdict, None)

    def _is_off(self, rule: str) -> bool:
        """Whether a rule is there, and off."""
        present = self._present.get(rule)
        return present is not None and present.rule.meta.mode == "off"

    def _changed(self, rule: str, parts: Parts, lane: LaneState, inputs: Inputs) -> Decision:
        """A rule that is not as it was."""
        state, new = self._old_state(rule, parts), self._present[rule]
        edits = rule_edits(state.version, new)
        edits += tuple(_input_edits(lane.inputs, inputs, edits))
        verdict = worst(tuple(state.verdict(edit) for edit in edits))
        if verdict.rank >= Verdict.FINISH_OLD.rank:
            return self._left_behind(rule, state, new, edits, verdict, None)
        try:
            found = self._carried(state, new)
        except Uncarried as error:
            return self._left_behind(rule, state, new, edits, Verdict.FINISH_OLD, str(error))
        change = None
        if edits:
            found_open, versions = state.reached.open, (state.version.rule.meta.version, new.rule.meta.version)
            change = RuleChange(rule, *versions, verdict, edits, found_open, state.reached.waiting)
        if keeps_throttle(state.version, new):
            found |= state.throttled
        return Decision(rule, change=change, state=found)

    def _left_behind(
        self,
        rule: str,
        state: OldState,
        new: Version | None,
        edits: tuple[Edit, ...],
        verdict: Verdict,
        note: str | None,
    ) -> Decision:
        """The old version's state does not go on under the new one."""
        found, generation = state.reached, self._head.generation
        kept = self._rules_of(generation)
        if verdict is Verdict.FINISH_OLD and found.open:
            why = runs_on(state.version, dict(self._wiring.rules.events))
            verdict, note = (verdict, note) if why is None else (Verdict.RESET, why)
        goes_on = new is not None and verdict is Verdict.FINISH_OLD and keeps_throttle(state.version, new, whole=True)
        version = state.version.rule.meta.version
        after = None if new is None else new.rule.meta.version
        change = RuleChange(rule, version, after, verdict, edits, found.open, found.waiting, note)
        decision = Decision(rule, change=change, state=dict(state.throttled) if goes_on else {})
        if verdict is Verdict.FINISH_OLD and found.open:
            mode = self._mode(state.version.rule)
            decision.retired = retired_version(kept, rule, generation, state.values, self._wiring, mode)
            decision.finishing = state.finishing(keep_counts=not goes_on)
        return decision

    def _carried(self, state: OldState, new: Version) -> Parts:
        """The parts for the new version. Raises `Uncarried`."""
        planned = self._planned(new)
        bridge = Bridge(state.rule, planned, common(state.version, new))
        if state.shared and not bridge.is_same:
            raise Uncarried("its partial matches are kept in another way")
        for reader in state.readers.values():
            self._check_fields(bound_events(reader.blob), state.version, new)
        return {**state.shared, **{name: carried(reader, bridge) for name, reader in state.readers.items()}}

    def _check_fields(self, events: Mapping[str, list[bytes]], old: Version, new: Version) -> None:
        """Refuse events that lack a field which was added, must be there, and is read by the new version."""
        read = fields_read(new.rule)
        for name, raws in events.items():
            known = {declared.name for declared in old.events[name].fields}
            added = sorted(read.get(name, set()) - known)
            for raw in raws if added else ():
                if not fits(self._wiring.codecs[name], raw):
                    raise Uncarried(f"events that it has bound lack `{name}.{added[0]}`")

    def _planned(self, version: Version) -> PlanRule:
        return compile_plan(self._wiring.rules, [version.rule.name]).rules[0]

    # ------------------------------------------------------------ old rules

    def _old_state(self, rule: str, parts: Parts) -> OldState:
        # Where there is nothing to take over, no function is called.
        find = self._find if parts else _uncalled
        return OldState(self._rules_of(self._head.generation), rule, parts, find)

    def _rules_of(self, generation: int) -> KeptRules:
        if generation not in self._kept:
            self._kept[generation] = self._library.take(generation)
        return self._kept[generation]

    def _cannot_run(self, kept: KeptRules, rule: str, lane: LaneState) -> str | None:
        """Why an old version cannot go on finishing."""
        why = runs_on(kept.version(rule), dict(self._wiring.rules.events))
        if why is not None:
            return why
        plan = retired_version(kept, rule, lane.generation, kept.values(), self._wiring, "live").plan
        now = (tuple(sorted(plan.sources)), plan.kind, plan.ordered)
        return None if now == lane.inputs else "its events come from other sources"


def _input_edits(before: Inputs, after: Inputs, edits: tuple[Edit, ...]) -> Iterator[Edit]:
    """What a rule shares with others and has not changed by itself: where its events come from, in which order."""
    if before[0] != after[0]:
        yield Edit("sources", "", ", ".join(before[0]), ", ".join(after[0]), Verdict.FINISH_OLD)
    elif before != after and worst(tuple(edit.verdict for edit in edits)) is not Verdict.RESET:
        words = {True: "by the fields of `order by`", False: "as they come"}
        yield Edit("order of equal times", "", words[before[2]], words[after[2]], Verdict.FINISH_OLD)


def _uncalled(info: FunctionInfo) -> Callable[..., object]:
    return _nothing


def _nothing(*arguments: object) -> None:
    """Stands for a Python function that is not called."""


def common(old: Version, new: Version) -> Common:
    """What two versions of a pattern have in common."""
    count = common_items(old, new)
    items = [item.node for item in old.rule.items[:count]]
    whole = count == len(old.rule.items) == len(new.rule.items)
    steps, absences = (sum(isinstance(node, kind) for node in items) for kind in (Step, Absence))
    return Common(steps, absences, whole)


def keeps_throttle(old: Version, new: Version, whole: bool = False) -> bool:
    """Whether what `suppress` counts stands under the new version; `whole`: only where it is written the same."""
    before, after = old.rule.suppress, new.rule.suppress
    if before is None or after is None or old.meaning(before.by) != new.meaning(after.by):
        return False
    return not whole or (before.within, before.maximum) == (after.within, after.maximum)
