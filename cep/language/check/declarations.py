"""Filling a file's catalog: what it imports, then what it declares itself."""

from __future__ import annotations

import re
from typing import Any

from cep.language import ast
from cep.language.check.builtins import BUILT_IN
from cep.language.check.catalog import Catalog, DefineInfo, Origin
from cep.language.check.constants import constant_value
from cep.language.check.events import declare_event
from cep.language.check.typenames import resolve_type
from cep.language.check.zones import check_zone
from cep.language.diagnostics import Span
from cep.language.files import SourceFile
from cep.language.findings import Broken, Findings
from cep.language.model import FunctionInfo, ListInfo, ParamInfo
from cep.language.spelling import article
from cep.language.types import Kind, Type

TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
COMPOUND = (Kind.LIST, Kind.MAP, Kind.RECORD)
RANGED = (Kind.INT, Kind.FLOAT, Kind.DECIMAL, Kind.DURATION, Kind.TIMESTAMP)

Named = ast.Event | ast.ListDeclaration | ast.Param | ast.Function | ast.Define | ast.Rule


class Declaring:
    """Builds the catalog of one file. `origins` tells where each visible name was declared, for conflicts."""

    def __init__(self, source: SourceFile, findings: Findings) -> None:
        self.source = source
        self.file = source.tree
        self.findings = findings
        module = self.file.module
        self.catalog = Catalog(source.name, module.name if module else None, module.timezone if module else None)
        self.catalog.incomplete = source.lost_declarations
        self.origins: dict[tuple[str, str], Origin] = {}
        self.clashes: set[str] = set()
        """Names with two declarations here, reported already."""
        if module and module.timezone:
            check_zone(module.timezone, module.span, findings)

    def include(self, other: Declaring, span: Span) -> None:
        """Make the names another file sees visible here; two things of one name are an error at the import."""
        self.catalog.incomplete |= other.catalog.incomplete
        self.catalog.broken |= other.catalog.broken
        self.catalog.rules = other.catalog.rules | self.catalog.rules
        for key, origin in other.origins.items():
            known = self.origins.setdefault(key, origin)
            if known != origin:
                self._clash(key[1], known, origin, span)
                continue
            for mine, theirs in zip(_tables(self.catalog, key[0]), _tables(other.catalog, key[0]), strict=True):
                if key[1] in theirs:
                    mine[key[1]] = theirs[key[1]]

    def declare(self) -> None:
        """Add the file's own declarations."""
        self._events([item for item in self.file.items if isinstance(item, ast.Event)])
        for item in self.file.items:
            if isinstance(item, ast.ListDeclaration | ast.Param | ast.Function | ast.Define):
                self._value(item)
            elif isinstance(item, ast.Rule):
                self.catalog.rules[item.name] = self.catalog.qualified(item.name)

    def _claim(self, space: str, item: Named) -> bool:
        origin = Origin(self.file.name, item.name_span)
        known = self.origins.setdefault((space, item.name), origin)
        if known == origin:
            return True
        self.clashes.add(item.name)
        self.findings.error(
            "E0212",
            f"`{item.name}` is already declared at {known.span.file}:{known.span.line}",
            item.name_span,
            "give one of the two another name",
        )
        return False

    def _clash(self, name: str, known: Origin, origin: Origin, span: Span) -> None:
        self.clashes.add(name)
        first, second = (f"{place.span.file}:{place.span.line}" for place in (known, origin))
        self.findings.error(
            "E0212",
            f"this import brings a second `{name}`: one is declared at {first}, the other at {second}",
            span,
            "give one of the two another name",
        )

    def _events(self, nodes: list[ast.Event]) -> None:
        own = {node.name: node for node in nodes if self._claim("event", node)}
        bases = {node.base for node in nodes if node.base}
        done: set[str] = set()

        def declare(node: ast.Event, chain: tuple[str, ...]) -> None:
            if node.name in chain:
                self._circle(node)
                return
            if node.base in own and node.base not in done:
                declare(own[node.base], (*chain, node.name))
            if node.name not in done:
                done.add(node.name)
                damaged = self.source.is_damaged(node.span)
                self.catalog.events[node.name] = declare_event(
                    node, self.catalog, self.findings, node.name in bases, damaged
                )

        for node in own.values():
            declare(node, ())

    def _circle(self, node: ast.Event) -> None:
        self.catalog.broken.add(node.name)
        self.findings.error(
            "E0215",
            f"the event `{node.name}` extends itself in a circle",
            node.base_span or node.name_span,
            f"leave `extends {node.base}` out",
        )

    def _value(self, item: ast.ListDeclaration | ast.Param | ast.Function | ast.Define) -> None:
        if item.name in BUILT_IN and isinstance(item, ast.Function | ast.Define):
            self.findings.error(
                "E0212", f"`{item.name}` is a function of the language", item.name_span, "give yours another name"
            )
            return
        if not self._claim("value", item):
            return
        try:
            self._add(item)
        except Broken:
            self.catalog.broken.add(item.name)

    def _add(self, item: ast.ListDeclaration | ast.Param | ast.Function | ast.Define) -> None:
        catalog, name = self.catalog, self.catalog.qualified(item.name)
        match item:
            case ast.ListDeclaration():
                catalog.lists[item.name] = ListInfo(name, self._simple(item.type, "list"), item.name_span)
            case ast.Param():
                catalog.params[item.name] = self._param(item, name)
            case ast.Function():
                catalog.functions[item.name] = self._function(item, name)
            case ast.Define():
                catalog.defines[item.name] = DefineInfo(item, catalog)

    def _simple(self, node: ast.TypeNode, owner: str) -> Type:
        found = resolve_type(node, self.findings)
        if found.kind in COMPOUND or found.nullable:
            raise self.findings.error(
                "E0321",
                f"a {owner} holds values of a simple type that is never null, not `{found}`",
                node.span,
                "use string, int, float, decimal, bool, timestamp, duration or an enum",
            )
        return found

    def _param(self, item: ast.Param, name: str) -> ParamInfo:
        type_ = self._simple(item.type, "param")
        default = constant_value(item.default, type_, self.findings)
        low, high = (
            None if bound is None else constant_value(bound, type_, self.findings) for bound in (item.low, item.high)
        )
        self._range(item, type_, default, low, high)
        return ParamInfo(name, type_, default, low, high, item.description, item.name_span)

    def _range(self, item: ast.Param, type_: Type, default: Any, low: Any, high: Any) -> None:
        if item.low is None or item.high is None:
            return
        if type_.kind not in RANGED:
            raise self.findings.error(
                "E0316", f"{article(type_)} has no range", item.low.span.to(item.high.span), "leave the range out"
            )
        if low > high:
            raise self.findings.error(
                "E0410", "the range ends before it starts", item.low.span.to(item.high.span), "swap the two bounds"
            )
        if not low <= default <= high:
            self.findings.error(
                "E0410",
                f"the default of `{item.name}` lies outside its range",
                item.default.span,
                "move the default into the range or widen the range",
            )

    def _function(self, item: ast.Function, name: str) -> FunctionInfo:
        arguments = tuple(resolve_type(argument.type, self.findings) for argument in item.arguments)
        result = resolve_type(item.result, self.findings)
        if not TARGET.fullmatch(item.target):
            raise self.findings.error(
                "E0326",
                f'"{item.target}" does not name a Python function',
                item.span,
                'write the module and the function, such as "bank.models:risk"',
            )
        module, _, attribute = item.target.partition(":")
        return FunctionInfo(name, arguments, result, module, attribute, item.name_span)


def _tables(catalog: Catalog, space: str) -> tuple[dict[str, Any], ...]:
    if space == "event":
        return (catalog.events,)
    return (catalog.lists, catalog.params, catalog.functions, catalog.defines)
