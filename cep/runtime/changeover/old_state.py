"""The state of one rule as the version that made it reads it: how much is open, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cep.engine.blob import ENCODER, SUBJECTS, Blob, read_blob, write_blob
from cep.engine.matcher import Matcher
from cep.engine.reached import Reached, reached
from cep.engine.snapshot import Reader
from cep.language.model import Absence, Step
from cep.plan.compile import compile_plan
from cep.plan.edits.meaning import Version
from cep.plan.edits.verdict import Edit, Reach, Verdict
from cep.plan.plan import PlanRule
from cep.runtime.changeover.archive import FunctionFinder, KeptRules
from cep.runtime.changeover.records import RecordReader
from cep.runtime.decode.codec import EventCodec


class OldState:
    """The parts of one rule's state, taken over by a matcher of the version that made them."""

    def __init__(self, kept: KeptRules, rule: str, parts: Mapping[bytes, bytes], find: FunctionFinder) -> None:
        """Raises `SnapshotError` for a rule or function that cannot be had any more."""
        self.version: Version = kept.version(rule)
        self.values = kept.running_values(rule, find)
        plan = compile_plan(kept.rules, [rule])
        codecs = {name: EventCodec(kept.rules.events[name]) for name in plan.events}
        decode = RecordReader(codecs, plan.events).bound
        self.rule: PlanRule = plan.rules[0]
        matcher = Matcher(plan, self.values)
        machine = matcher.machines[0]
        self.throttled: dict[bytes, bytes] = {}
        self.shared: dict[bytes, bytes] = {}
        self.readers: dict[bytes, Reader] = {}
        for name, part in parts.items():
            if msgspec.msgpack.decode(name)[1] is None:
                self.throttled[name] = part
            elif self.rule.sharing is not None:
                self.shared[name] = part
            else:
                self.readers[name] = Reader(machine, read_blob(part), decode)
                self.readers[name].read()
        matcher.restore(self.shared, decode, at_once=True)
        self.reached: Reached = reached(machine)

    def verdict(self, edit: Edit) -> Verdict:
        """What an edit means for what is open."""
        touched = edit.reach is not None and edit.reached is not None and self.has_reached(edit.reach)
        return edit.reached if touched and edit.reached is not None else edit.verdict

    def has_reached(self, reach: Reach) -> bool:
        """Whether something open has come to a place of the pattern."""
        found = self.reached
        match reach.kind:
            case "step":
                return reach.name in found.steps
            case "window":
                return reach.name in found.steps | found.windows
            case "absence":
                return reach.number in found.absences
            case "until":
                return reach.number in found.untils
            case "items":
                return self._has_come_behind(reach.number)

    def _has_come_behind(self, items: int) -> bool:
        """Whether something open has reached the items behind the first few."""
        before = [item.node for item in self.version.rule.items[:items]]
        steps = {node.name for node in before if isinstance(node, Step)}
        absences = sum(isinstance(node, Absence) for node in before)
        found = self.reached
        return bool((found.steps | found.windows) - steps) or any(number >= absences for number in found.absences)

    def finishing(self, keep_counts: bool) -> dict[bytes, bytes]:
        """The parts for the old version itself, once nothing begins any more. `keep_counts`: what `suppress` held back
        is told by it, not by the new version."""
        found = dict(self.shared)
        for name, reader in self.readers.items():
            blob = reader.blob
            keyed = reader.keyed
            if keyed.open or keyed.done or keyed.growths:
                found[name] = write_blob(msgspec.structs.replace(blob, windows={}, history={}))
        for name, part in self.throttled.items():
            subjects = SUBJECTS.decode(part)
            for subject in subjects if not keep_counts else ():
                subject.held = 0
            found[name] = ENCODER.encode(subjects)
        return found


def bound_events(blob: Blob) -> dict[str, list[bytes]]:
    """The raw events of a key's state by type."""
    found: dict[str, list[bytes]] = {}
    for event in blob.events:
        found.setdefault(event.type, []).append(event.raw)
    return found
