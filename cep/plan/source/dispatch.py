"""The dispatch module: `on_<event>(rec)` decides which rules an event can move, and calls their step functions.

What events alone decide is evaluated once for all rules that ask it. A rule whose first steps do not fit and whose
open runs do not wait for the event costs no call.
"""

from __future__ import annotations

from cep.language.model import EventType, RoleKey
from cep.language.resolved import Aggregate, Expression, FieldOf, KeyPart
from cep.plan.expressions.constants import Constants
from cep.plan.expressions.source import value, when_true
from cep.plan.registers import bare
from cep.plan.source.access import may_be_null, read
from cep.plan.source.entry import Entry, shareable
from cep.plan.source.lines import Lines, joined
from cep.plan.source.scopes import Fresh
from cep.plan.source.steps import StepFunction
from cep.plan.source.tables import Column, Tabled, column, tabled


class EventScope:
    """A gate: fields of the candidate only."""

    def __init__(self, types: dict[str, EventType], fresh: Fresh) -> None:
        self.types = types
        self.make_fresh = fresh

    def field(self, ref: FieldOf) -> str:
        """A field of the event under test."""
        return read("ev", self.types[ref.event], ref.path, self.make_fresh)

    def aggregate(self, agg: Aggregate) -> str:
        """No gate has one."""
        raise AssertionError("an aggregate in a gate")

    def key(self, part: KeyPart) -> str:
        """No gate has one."""
        raise AssertionError("a key part in a gate")

    def fresh(self) -> str:
        """A local name."""
        return self.make_fresh()


def write_gates(functions: list[StepFunction], types: dict[str, EventType], constants: Constants, lines: Lines) -> None:
    """In a rule's own module: the gates that cannot be shared, as `gate_<event>_<name>(ev)`."""
    for function in functions:
        for gate in function.gates.gates:
            if gate.condition is not None and not shareable(gate.condition):
                text = when_true(gate.condition, EventScope(types, Fresh()), constants)
                lines.add(f"def gate_{function.event}_{gate.name}(ev):", f"    return {text}", "")


class DispatchWriter:
    """Writes the function of one event type, behind a function of its own for each rule that tables find."""

    def __init__(
        self, event: int, types: dict[str, EventType], events: tuple[str, ...], constants: Constants, lines: Lines
    ) -> None:
        self.event = event
        self.type = types[events[event]]
        self.types = types
        self.constants = constants
        self.lines = lines
        self.fresh = Fresh()
        self.shared: dict[str, str] = {}

    def write(self, entries: list[Entry]) -> None:
        """The function over all rules that see the type."""
        found = tabled(entries)
        for one in found:
            self.visit(one.entry)
        columns = self.tables(found)
        known = {one.entry.rule for one in found}
        others = [entry for entry in entries if entry.rule not in known]
        self.begin()
        with self.lines.block(f"def on_{self.event}(rec):  # {self.type.name}"):
            self.lines.add("ev = rec[6]")
            if found and others:
                self.lines.add("told = len(detections)")
            for entry in others:
                self.rule(entry)
            if found:
                self.nulls(found)
                self.found(columns)
            if found and others:
                self.lines.add("in_rule_order(detections, told)")
        self.lines.add("")

    def begin(self) -> None:
        """A new function: nothing is known in it yet."""
        self.fresh = Fresh()
        self.shared = {}

    # ------------------------------------------------------------ tables

    def visit(self, entry: Entry) -> None:
        """The function of one rule that tables find."""
        self.begin()
        with self.lines.block(f"def visit_{entry.rule}_{self.event}(rec, ev):"):
            self.rule(entry, counts_nulls=False)
        self.lines.add("")

    def tables(self, found: list[Tabled]) -> dict[Column, str]:
        """The tables, by column: the name of each."""
        pairs: dict[Column, list[str]] = {}
        scope = EventScope(self.types, self.fresh)
        for one in found:
            for anchor in one.anchors:
                texts = [value(constant, scope, self.constants) for constant in anchor.constants]
                pairs.setdefault(column(anchor), []).extend(f"({text}, {one.entry.rule})" for text in texts)
        names = {}
        for number, ((path, test), texts) in enumerate(pairs.items()):
            names[path, test] = f"table_{self.event}_{number}"
            made = "equal_table([" if test == "==" else f"Thresholds({test!r}, ["
            self.lines.add(f"{names[path, test]} = {made}{', '.join(texts)}])  # {'.'.join(path)}")
        if found:
            visits = ", ".join(f"{one.entry.rule}: visit_{one.entry.rule}_{self.event}" for one in found)
            self.lines.add(f"visits_{self.event} = {{{visits}}}", "")
        return names

    def nulls(self, found: list[Tabled]) -> None:
        """Count the rules whose key the event lacks; they are not looked at."""
        rules: dict[str, list[int]] = {}
        for one in found:
            _, before, required = self.key(one.entry.function.gates.roles[0])
            if required:
                test = joined([f"({text}) is None" for text in (line.split(" = ", 1)[1] for line in before)], "or")
                rules.setdefault(test, []).append(one.entry.rule)
        for test, lacking in rules.items():
            counters = ", ".join(f"counters_{rule}" for rule in lacking)
            with self.lines.block(f"if {test}:"):
                self.lines.add(f"for counters in ({counters},):", "    counters.null_keys += 1")

    def found(self, columns: dict[Column, str]) -> None:
        """Look the rules up, and at each."""
        hits = ""
        for (path, test), name in columns.items():
            text = read("ev", self.type, path, self.fresh)
            rules = f"{name}.get({text}, ())" if test == "==" else f"{name}.passed({text})"
            hits = f"merged({hits}, {rules})" if hits else rules
        with self.lines.block(f"for rule in {hits}:"):
            self.lines.add(f"visits_{self.event}[rule](rec, ev)")

    # ------------------------------------------------------------ one rule

    def rule(self, entry: Entry, counts_nulls: bool = True) -> None:
        """One rule."""
        function = entry.function
        self.lines.add(f"# {entry.name}")
        gates = {gate.name: self.gate(entry, gate.name, gate.condition) for gate in function.gates.gates}
        roles = function.gates.roles
        if len(roles) == 1:
            self.single(entry, gates, roles[0], counts_nulls)
        else:
            self.several(entry, gates, roles)

    def gate(self, entry: Entry, name: str, condition: Expression | None) -> str:
        """The local that holds a gate; computed where first needed."""
        if condition is None:
            return "True"
        if not shareable(condition):
            local = f"r{entry.rule}_{name}"
            self.lines.add(f"{local} = gate_{entry.rule}_{self.event}_{name}(ev)")
            return local
        known = self.shared.get(bare(condition))
        if known is None:
            known = self.shared[bare(condition)] = f"a{len(self.shared)}"
            text = when_true(condition, EventScope(self.types, self.fresh), self.constants)
            self.lines.add(f"{known} = {text}")
        return known

    # ------------------------------------------------------------ keys

    def key(self, key: RoleKey) -> tuple[str, list[str], list[str]]:
        """The key's expression, the parts read beforehand, and the locals that must not be null."""
        before: list[str] = []
        required: list[str] = []
        parts: list[str] = []
        for path, null_is_key in zip(key.paths, key.null_is_key, strict=True):
            text = read("ev", self.type, path, self.fresh)
            if may_be_null(self.type, path) and not null_is_key:
                local = self.fresh()
                before.append(f"{local} = {text}")
                required.append(local)
                text = local
            parts.append(text)
        whole = parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
        return whole, before, required

    def single(self, entry: Entry, gates: dict[str, str], role: RoleKey, counts_nulls: bool) -> None:
        """A rule that reads its key in one way."""
        whole, before, required = self.key(role)
        self.lines.add(*before)
        if required:
            test = joined([f"{r} is None" for r in required], "or")
            count = f"counters_{entry.rule}.null_keys += 1" if counts_nulls else "return"
            self.lines.add(f"if {test}:", f"    {count}")
            with self.lines.block("else:"):
                self.guarded(entry, gates, whole)
        else:
            self.guarded(entry, gates, whole)

    def several(self, entry: Entry, gates: dict[str, str], roles: list[RoleKey]) -> None:
        """A rule in which one event can serve several keys: each distinct key is served once, with its roles."""
        locals_: list[str] = []
        for number, role in enumerate(roles):
            whole, before, required = self.key(role)
            local = f"k{entry.rule}_{number}"
            self.lines.add(*before)
            if required:
                test = joined([f"{r} is None" for r in required], "or")
                self.lines.add(f"{local} = missing if {test} else {whole}")
                self.lines.add(f"if {local} is missing:", f"    counters_{entry.rule}.null_keys += 1")
            else:
                self.lines.add(f"{local} = {whole}")
            locals_.append(local)
        for number, local in enumerate(locals_):
            others = [f"{local} != {earlier}" for earlier in locals_[:number]]
            with self.lines.block(f"if {joined([f'{local} is not missing', *others], 'and')}:"):
                own = dict(gates)
                for gate in entry.function.gates.gates:
                    if gate.role != number:
                        matches = f"{locals_[gate.role]} == {local}"
                        text = matches if gates[gate.name] == "True" else f"{gates[gate.name]} and {matches}"
                        own[gate.name] = f"h{entry.rule}_{number}_{gate.name}"
                        self.lines.add(f"{own[gate.name]} = {text}")
                self.guarded(entry, own, local)

    # ------------------------------------------------------------ the call

    def guarded(self, entry: Entry, gates: dict[str, str], key: str) -> None:
        """Look the key up only if a gate is open, or if some wait must see every event."""
        needed = entry.needed()
        if needed is None:
            self.call(entry, gates, key)
        elif needed:
            tests = list(dict.fromkeys(gates[name] for name in needed))
            with self.lines.block(f"if {joined(tests, 'or')}:"):
                self.call(entry, gates, key)

    def call(self, entry: Entry, gates: dict[str, str], key: str) -> None:
        """Call the step function if the event can start a run or touch a wait that is occupied."""
        function = entry.function
        number = entry.rule
        arguments = "".join(f", {gates[g.name]}" for g in function.gates.gates)
        step = f"step_{number}_{self.event}"
        starts = list(dict.fromkeys(gates[g] for g in function.starts))
        simple = key.isidentifier()
        local = key if simple else f"k{number}"
        if not simple:
            self.lines.add(f"{local} = {key}")
        self.lines.add(f"ks = keys_{number}.get({local})")
        waiting = self.waiting(function, gates)
        if not starts:
            if waiting:
                self.lines.add(f"if ks is not None and ({waiting}):", f"    {step}(ks, rec{arguments})")
            return
        begins = "True" if "True" in starts else joined(starts, "or")
        with self.lines.block("if ks is None:"):
            opened = f"{step}(open_{number}({local}), rec{arguments})"
            self.lines.add(opened) if begins == "True" else self.lines.add(f"if {begins}:", f"    {opened}")
        test = "True" if begins == "True" else joined([begins, *([waiting] if waiting else [])], "or")
        self.lines.add("else:" if test == "True" else f"elif {test}:", f"    {step}(ks, rec{arguments})")

    def waiting(self, function: StepFunction, gates: dict[str, str]) -> str:
        """Whether the event can touch an open run, in terms of the gates and the occupied waits."""
        tests: list[str] = list(dict.fromkeys(gates[g] for g in function.everywhere))
        by_gate: dict[str, list[str]] = {}
        for index, gated in function.touches:
            names = ["True"] if gated is None else list(dict.fromkeys(gates[g] for g in gated))
            by_gate.setdefault("True" if "True" in names else joined(names, "or"), []).append(f"ks.waits[{index}]")
        for gate, occupied in by_gate.items():
            places = joined(list(dict.fromkeys(occupied)), "or")
            tests.append(places if gate == "True" else f"({gate}) and ({places})")
        return joined(tests, "or") if tests else ""
