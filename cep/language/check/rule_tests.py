"""`test` blocks: events, settings and expectations, typed like the rule they are for."""

from __future__ import annotations

from cep.language import ast, model
from cep.language.check.catalog import Catalog, EventInfo
from cep.language.check.constants import constant_value
from cep.language.findings import Broken, Findings
from cep.language.spelling import did_you_mean, listed
from cep.language.types import Kind, Type


def check_test(
    node: ast.Test, rule: model.Rule, read: dict[str, set[str]], catalog: Catalog, findings: Findings
) -> model.Test | None:
    """The checked test, or None with its errors recorded. `read`: the fields that the rule reads, by event type."""
    before = findings.failures
    reader = _TestReader(node, rule, read, catalog, findings)
    test = model.Test(node.name, rule.name, reader.settings(), reader.lines(), catalog.file, node.span)
    return test if findings.failures == before else None


class _TestReader:
    def __init__(
        self, node: ast.Test, rule: model.Rule, read: dict[str, set[str]], catalog: Catalog, findings: Findings
    ) -> None:
        self.node = node
        self.rule = rule
        self.catalog = catalog
        self.findings = findings
        self.read = read

    def settings(self) -> model.TestSettings:
        """`with { … }`: params and lists by qualified name."""
        values: dict[str, object] = {}
        for pair in self.node.settings.pairs if self.node.settings else ():
            try:
                name, value = self._setting(pair)
            except Broken:
                continue
            if name in values:
                self.findings.error("E0602", f"`{pair.name}` is set twice", pair.span, "leave one of them out")
            values[name] = value
        return model.TestSettings(tuple(values.items()))

    def lines(self) -> tuple[model.TestSend | ast.Advance | model.TestExpect, ...]:
        """The lines that check, in the order written."""
        found: list[model.TestSend | ast.Advance | model.TestExpect] = []
        for line in self.node.lines:
            match line:
                case ast.Send():
                    sent = self._send(line)
                    if sent is not None:
                        found.append(sent)
                case ast.Advance():
                    found.append(line)
                case ast.Expect():
                    found.append(self._expect(line))
        if not any(isinstance(line, ast.Expect) for line in self.node.lines):
            self.findings.warn(
                "W0601",
                f'the test "{self.node.name}" expects nothing, so it passes only where no alert comes',
                self.node.span,
                "add `expect no match` if that is meant",
            )
        return tuple(found)

    def _setting(self, pair: ast.Pair) -> tuple[str, object]:
        param, list_ = self.catalog.params.get(pair.name), self.catalog.lists.get(pair.name)
        if param is not None:
            value = constant_value(pair.value, param.type, self.findings)
            self._in_range(pair, param, value)
            return param.name, value
        if list_ is not None:
            items = constant_value(pair.value, Type(Kind.LIST, element=list_.element), self.findings)
            return list_.name, tuple(items) if isinstance(items, list) else ()
        if pair.name in self.catalog.broken or self.catalog.incomplete:
            raise self.findings.silent()
        names = [*self.catalog.params, *self.catalog.lists]
        fix = did_you_mean(pair.name, names, f"what can be set here: {listed(names)}")
        raise self.findings.error("E0602", f"there is no param or list `{pair.name}`", pair.span, fix)

    def _in_range(self, pair: ast.Pair, param: model.ParamInfo, value: object) -> None:
        low, high = param.low, param.high
        if low is None or high is None or low <= value <= high:  # type: ignore[operator]
            return
        fix = f"write a value from {low} to {high}"
        self.findings.error("E0602", f"`{pair.name}` is outside its range", pair.value.span, fix)

    def _send(self, line: ast.Send) -> model.TestSend | None:
        event = self.catalog.events.get(line.event)
        if event is None:
            if line.event in self.catalog.broken or self.catalog.incomplete:
                self.findings.silent()
                return None
            fix = did_you_mean(line.event, self.catalog.events, "declare it in this file or import the file that does")
            self.findings.error("E0201", f"there is no event `{line.event}`", line.event_span, fix)
            return None
        values: dict[str, object] = {}
        for pair in line.fields.pairs:
            try:
                values[pair.name] = self._field(pair, event, values)
            except Broken:
                continue
        self._missing(line, event, {pair.name for pair in line.fields.pairs})
        return model.TestSend(line.at, line.event, tuple(values.items()), line.span)

    def _field(self, pair: ast.Pair, event: EventInfo, values: dict[str, object]) -> object:
        if pair.name in values:
            raise self.findings.error("E0212", f"`{pair.name}` is given twice", pair.span, "leave one of them out")
        type_ = event.fields.get(pair.name)
        if type_ is None:
            if pair.name in event.broken or not event.whole:
                raise self.findings.silent()
            fix = did_you_mean(pair.name, event.fields, f"its fields are {listed(event.fields)}")
            raise self.findings.error("E0202", f"`{event.name}` has no field `{pair.name}`", pair.span, fix)
        if pair.shorthand:
            fix = f"write `{pair.name}: value`"
            raise self.findings.error("E0315", "an event of a test needs values written out", pair.span, fix)
        return constant_value(pair.value, type_, self.findings)

    def _missing(self, line: ast.Send, event: EventInfo, given: set[str]) -> None:
        """E0603 for fields that the rule reads and the line leaves out; the time field comes from the line."""
        time = event.declared.time[:1]
        read = self.read.get(event.name, set())
        if any(name not in event.fields for name in given):
            # a misspelt field is most likely the one left out
            return
        missing = [name for name in event.fields if name in read and name not in given and (name,) != time]
        if missing:
            verb = "reads it" if len(missing) == 1 else "reads them"
            names = f"`{missing[0]}`" if len(missing) == 1 else listed(missing)
            message = f"{names} {'is' if len(missing) == 1 else 'are'} left out, but the rule {verb}"
            self.findings.error("E0603", message, line.span, f"add `{missing[0]}: …` to the event")

    def _expect(self, line: ast.Expect) -> model.TestExpect:
        fields: dict[str, object] = {}
        for pair in line.fields.pairs if line.fields else ():
            try:
                if pair.name in fields:
                    raise self.findings.error(
                        "E0212", f"`{pair.name}` is given twice", pair.span, "leave one of them out"
                    )
                fields[pair.name] = self._expected(pair, line)
            except Broken:
                continue
        return model.TestExpect(line.kind, line.count, tuple(fields.items()), line.span)

    def _expected(self, pair: ast.Pair, line: ast.Expect) -> object:
        outputs = self._outputs(line.kind)
        types = outputs.get(pair.name)
        if types is None:
            what = {"match": "an alert", "timeout": "a time-out", "late": "a late event"}[line.kind]
            fix = did_you_mean(pair.name, outputs, f"its fields are {listed(outputs)}" if outputs else "leave it out")
            raise self.findings.error("E0604", f"{what} of this rule has no field `{pair.name}`", pair.span, fix)
        fitting = [type_ for type_ in types if _fits(pair.value, type_)] or types
        return constant_value(pair.value, fitting[0].as_nullable(), self.findings)

    def _outputs(self, kind: str) -> dict[str, list[Type]]:
        """The fields an alert of a kind may have, with their types; time-outs differ by the step they waited at."""
        if kind == "late":
            return {}
        emits = [self.rule.emit] if kind == "match" else [clause.emit for clause in self.rule.on_timeout]
        found: dict[str, list[Type]] = {}
        for emit in emits:
            for name, value in emit.fields if emit is not None else ():
                found.setdefault(name, []).append(value.type)
        if None in emits or not emits:
            for part in self.rule.key:
                found.setdefault(part.name, []).append(part.type)
        return found


def _fits(node: ast.Expression, wanted: Type) -> bool:
    try:
        constant_value(node, wanted.as_nullable(), Findings())
    except Broken:
        return False
    return True
