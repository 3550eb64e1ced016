"""Conditions that can never be true: parts of an `and` that leave no value, comparisons decided by their literals."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cep.language.check.operands import label
from cep.language.check.scope import Scope
from cep.language.diagnostics import Span
from cep.language.resolved import (
    Aggregate,
    Compare,
    Conditional,
    Constant,
    Convert,
    Expression,
    FieldOf,
    In,
    IsNull,
    KeyPart,
    ListLiteral,
    Logic,
    Not,
)
from cep.language.types import Kind, Type

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def check_possible(node: Expression, scope: Scope) -> None:
    """Record E0307 for each part of a condition that can never be true."""
    for part in _conjunctions(node, True):
        _check_conjunction(part, scope)


def _conjunctions(node: Expression, positive: bool) -> Iterator[list[Expression]]:
    """The groups of parts that must be true together, each flat; parts of an `or` are groups of their own."""
    match node:
        case Logic(op="and"):
            flat = list(_flat(node))
            yield flat
            for part in flat:
                if isinstance(part, Logic | Not):
                    yield from _conjunctions(part, positive)
        case Logic():
            for part in node.items:
                yield from _conjunctions(part, positive)
        case Not(value=IsNull() | In() | Compare()):
            yield [node]
        case Not():
            yield from _conjunctions(node.value, not positive)
        case Conditional():
            yield from _conjunctions(node.condition, positive)
        case Aggregate(function="any" | "all", argument=Logic() as argument):
            yield from _conjunctions(argument, positive)
        case IsNull() if not positive:
            return
        case _:
            yield [node]


def _flat(node: Expression) -> Iterator[Expression]:
    if isinstance(node, Logic) and node.op == "and":
        for item in node.items:
            yield from _flat(item)
    else:
        yield node


@dataclass(slots=True)
class Domain:
    """The values a term may still have."""

    type: Type
    name: str
    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False
    allowed: set[Any] | None = None
    excluded: set[Any] = field(default_factory=set)
    null: bool | None = None
    first: Span | None = None
    """The first part that speaks of the term."""

    def is_empty(self) -> bool:
        """Whether no value is left."""
        values = self._values()
        if values is not None:
            return not any(self._inside(value) for value in values)
        if self.low is None or self.high is None:
            return False
        low, high = self.low, self.high
        if self.type.kind is Kind.INT and isinstance(low, int) and isinstance(high, int):
            return bool(low + self.low_open > high - self.high_open)
        return bool(low > high or (low == high and (self.low_open or self.high_open or low in self.excluded)))

    def _values(self) -> set[Any] | None:
        if self.allowed is not None:
            return self.allowed
        if self.type.kind is Kind.ENUM:
            return set(self.type.members)
        return {True, False} if self.type.kind is Kind.BOOL else None

    def _inside(self, value: Any) -> bool:
        if value in self.excluded:
            return False
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return not (self.high is not None and (value > self.high or (self.high_open and value == self.high)))

    def compare(self, op: str, value: Any) -> None:
        """Take in `term op value`."""
        match op:
            case "==":
                self.restrict({value})
            case "!=":
                self.excluded.add(value)
            case "<" | "<=" if self.high is None or value < self.high or (value == self.high and op == "<"):
                self.high, self.high_open = value, op == "<"
            case ">" | ">=" if self.low is None or value > self.low or (value == self.low and op == ">"):
                self.low, self.low_open = value, op == ">"

    def restrict(self, values: set[Any]) -> None:
        """Take in `term in values`."""
        self.allowed = values if self.allowed is None else self.allowed & values


def _check_conjunction(parts: list[Expression], scope: Scope) -> None:
    domains: dict[Hashable, Domain] = {}
    for part in parts:
        if _is_false(part):
            _report(part.span, "this can never be true", "change the comparison, or leave it out", scope)
            return
        if _is_null_of_required(part):
            _required(part, scope)
            return
        domain = _take_in(part, domains)
        if domain is not None and domain.first is None:
            domain.first = part.span
        if domain is not None and (domain.is_empty() or (domain.null and _needs_value(domain))):
            span = part.span if domain.first is None else domain.first.to(part.span)
            message = f"this can never be true: no value of {domain.name} meets every part"
            _report(span, message, "change one of the parts, or join them by `or`", scope)
            return


def _report(span: Span, message: str, fix: str, scope: Scope) -> None:
    scope.error("E0307", message, span, fix)


def _is_false(node: Expression) -> bool:
    match node:
        case Constant(value=False):
            return True
        case Compare(left=Constant() as left, right=Constant() as right):
            return not _decided(node.op, left.value, right.value)
        case Compare(op="!=" | "<" | ">"):
            term = _term(node.left)
            return term is not None and term == _term(node.right)
        case _:
            return False


def _decided(op: str, left: Any, right: Any) -> bool:
    domain = Domain(Type(Kind.STRING), "")
    domain.restrict({left})
    domain.compare(op, right)
    return not domain.is_empty()


def _is_null_of_required(node: Expression) -> bool:
    return isinstance(node, IsNull) and isinstance(node.value, FieldOf) and not node.value.type.nullable


def _required(node: Expression, scope: Scope) -> None:
    if isinstance(node, IsNull) and isinstance(node.value, FieldOf):
        path = ".".join(node.value.path)
        message = f"{label(node.value)} is never null: events without it go to the dead letters"
        _report(node.span, message, f"declare it as `{path}: {node.value.type}?` if it may be missing", scope)


def _needs_value(domain: Domain) -> bool:
    return domain.allowed is not None or bool(domain.excluded) or domain.low is not None or domain.high is not None


def _take_in(node: Expression, domains: dict[Hashable, Domain]) -> Domain | None:
    """Add what one part says about its term; returns the term's domain."""
    match node:
        case Not(value=Compare() as inner):
            return _compare(inner, OPPOSITE[inner.op], domains)
        case Compare():
            return _compare(node, node.op, domains)
        case Not(value=In() as inner):
            domain = _domain(inner.value, domains)
            for value in _literals(inner) or ():
                if domain is not None:
                    domain.excluded.add(value)
            return domain
        case In():
            values, domain = _literals(node), _domain(node.value, domains)
            if domain is not None and values is not None:
                domain.restrict(set(values))
            return domain
        case IsNull() | Not(value=IsNull()):
            return _nullness(node, domains)
        case FieldOf() | Not(value=FieldOf()):
            return _flag(node, domains)
        case _:
            return None


def _flag(node: Expression, domains: dict[Hashable, Domain]) -> Domain | None:
    domain = _domain(node.value if isinstance(node, Not) else node, domains)
    if domain is not None:
        domain.restrict({not isinstance(node, Not)})
    return domain


def _nullness(node: Expression, domains: dict[Hashable, Domain]) -> Domain | None:
    inner = node.value if isinstance(node, Not) else node
    domain = _domain(inner.value, domains) if isinstance(inner, IsNull) else None
    if domain is not None and isinstance(inner, IsNull) and inner is node:
        domain.null = True
    return domain


def _compare(node: Compare, op: str, domains: dict[Hashable, Domain]) -> Domain | None:
    left, right = node.left, node.right
    if isinstance(left, Constant):
        left, right, op = right, left, FLIPPED[op]
    if not isinstance(right, Constant) or right.value is None:
        return None
    domain = _domain(left, domains)
    if domain is not None:
        domain.compare(op, right.value)
    return domain


def _literals(node: In) -> list[Any] | None:
    container = node.container
    if not isinstance(container, ListLiteral):
        return None
    values = [item.value for item in container.items if isinstance(item, Constant) and item.value is not None]
    return values if len(values) == len(container.items) else None


def _domain(node: Expression, domains: dict[Hashable, Domain]) -> Domain | None:
    while isinstance(node, Convert):
        node = node.value
    term = _term(node)
    if term is None:
        return None
    counted = isinstance(node, Aggregate) and node.function in ("count", "count_distinct")
    return domains.setdefault(term, Domain(node.type, label(node), low=0 if counted else None))


def _term(node: Expression) -> Hashable:
    """What identifies a value that is the same wherever it is written; None for anything else."""
    match node:
        case Convert():
            return _term(node.value)
        case FieldOf():
            return ("field", node.source, node.path)
        case KeyPart():
            return ("key", node.index)
        case Aggregate(argument=None):
            return ("aggregate", node.function, node.step)
        case Aggregate(argument=FieldOf() as argument):
            return ("aggregate", node.function, node.step, argument.path)
        case _:
            return None
