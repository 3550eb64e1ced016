"""The functions of the language but for aggregates: arguments fitted to what the table says."""

from __future__ import annotations

from collections.abc import Callable

from cep.language import ast
from cep.language.check.builtins import CALENDAR, NUMBERS, ORDERED, SIGNATURES, Kinds
from cep.language.check.dispatch import resolve_all
from cep.language.check.operands import (
    adaptable,
    as_text,
    common_number,
    common_type,
    convert,
    described,
    fit,
    is_null,
    unify,
)
from cep.language.check.scope import Scope
from cep.language.check.zones import check_zone
from cep.language.findings import Broken
from cep.language.resolved import Call, Constant, Expression
from cep.language.types import BOOL, STRING, Kind, Type


def resolve_plain(name: str, node: ast.Call, scope: Scope) -> Expression:
    """A function of the table."""
    signature = SIGNATURES[name]
    check_count(node, name, signature.shown, signature.required, signature.most, scope)
    arguments = resolve_all(node.arguments, scope)
    kinds = [*signature.arguments, *([signature.rest] * len(arguments) if signature.rest else [])]
    fitted = tuple(
        _accepted(argument, accepted, name, scope) for argument, accepted in zip(arguments, kinds, strict=False)
    )
    result = signature.result or fitted[0].type
    return Call(name, fitted, result.as_nullable(_nullable(fitted) or name in ("int", "float", "decimal")), node.span)


def check_count(node: ast.Call, name: str, shown: str, least: int, most: int | None, scope: Scope) -> None:
    """E0308 where a call has too few or too many arguments."""
    count = len(node.arguments)
    if count < least or (most is not None and count > most):
        wanted = f"{least}" if most == least else f"at least {least}" if most is None else f"{least} to {most}"
        message = f"`{name}` takes {wanted} argument{'' if wanted.endswith('1') else 's'}, not {count}"
        raise scope.error("E0308", message, node.span, f"call it as `{shown}`")


def resolve_calendar(name: str, node: ast.Call, scope: Scope) -> Expression:
    """`hour minute weekday date` of a timestamp, in the zone given or in the module's."""
    shown = f'{name}(ts, "Europe/London")'
    check_count(node, name, shown, 1, 2, scope)
    time = _accepted(resolve_all(node.arguments[:1], scope)[0], (Kind.TIMESTAMP,), name, scope)
    zone = scope.catalog.timezone
    place = node.span
    if len(node.arguments) == 2:
        given = node.arguments[1]
        if not (isinstance(given, ast.Literal) and isinstance(given.value, str)):
            raise scope.error("E0309", "the time zone is a text written out", given.span, f"write `{shown}`")
        zone, place = given.value, given.span
        before = scope.findings.failures
        check_zone(zone, scope.at or place, scope.findings)
        if scope.findings.failures > before:
            raise Broken
    if zone is None:
        fix = f'write `{shown}`, or `module name timezone "Europe/London"` at the top of the file'
        raise scope.error("E0311", f"`{name}` depends on the time zone, and none is given", node.span, fix)
    result = CALENDAR[name].as_nullable(time.type.nullable)
    return Call(name, (time, Constant(zone, STRING, place)), result, node.span)


def _accepted(node: Expression, accepted: Kinds, name: str, scope: Scope) -> Expression:
    """An argument of one of the accepted kinds, converted where that loses nothing; else E0309."""
    kind = node.type.kind
    if kind in accepted or is_null(node):
        return node
    if kind is Kind.ENUM and Kind.STRING in accepted:
        return as_text(node)
    for wanted in accepted:
        if kind in NUMBERS and wanted in NUMBERS and wanted is not Kind.INT and adaptable(node, wanted):
            return convert(node, wanted)
    return fit(node, Type(accepted[0]), scope, node.span)


def _nullable(nodes: tuple[Expression, ...]) -> bool:
    return any(node.type.nullable for node in nodes)


def _extreme(name: str, node: ast.Call, scope: Scope) -> Expression:
    """`min(a, b)`, `max(a, b)` of single values."""
    arguments = tuple(unify(resolve_all(node.arguments, scope), scope, node.span))
    result = common_type(arguments)
    if result.kind not in ORDERED:
        message = f"{described(arguments[0])}, which has no order"
        raise scope.error("E0316", message, node.span, "compare numbers, texts, timestamps or durations")
    return Call(name, arguments, result, node.span)


def _mod(name: str, node: ast.Call, scope: Scope) -> Expression:
    """`mod(a, b)`: the rest of a division."""
    left, right = _numbers(name, node, scope)
    left, right = common_number((left, right), scope, node.span)
    return Call(name, (left, right), common_type((left, right)), node.span)


def _pow(name: str, node: ast.Call, scope: Scope) -> Expression:
    """`pow(x, y)`: a decimal stays exact in type, everything else is a float."""
    left, right = _numbers(name, node, scope)
    left, right = common_number((left, right), scope, node.span)
    if left.type.kind is Kind.INT:
        left, right = convert(left, Kind.FLOAT), convert(right, Kind.FLOAT)
    return Call(name, (left, right), common_type((left, right)), node.span)


def _numbers(name: str, node: ast.Call, scope: Scope) -> tuple[Expression, Expression]:
    check_count(node, name, f"{name}(a, b)", 2, 2, scope)
    left, right = resolve_all(node.arguments, scope)
    return _accepted(left, NUMBERS, name, scope), _accepted(right, NUMBERS, name, scope)


def _contains(name: str, node: ast.Call, scope: Scope) -> Expression:
    """`contains(text, part)`, `contains(list, element)`."""
    check_count(node, name, 'contains(text, "part")', 2, 2, scope)
    whole, part = resolve_all(node.arguments, scope)
    if whole.type.kind is Kind.LIST and whole.type.element is not None:
        part = fit(part, whole.type.element, scope, part.span)
    else:
        whole, part = (_accepted(argument, (Kind.STRING,), name, scope) for argument in (whole, part))
    return Call(name, (whole, part), BOOL.as_nullable(_nullable((whole, part))), node.span)


def _ip_in(name: str, node: ast.Call, scope: Scope) -> Expression:
    """`ip_in(ip, "10.0.0.0/8", …)`: networks written out, or a list of them."""
    check_count(node, name, 'ip_in(ip, "10.0.0.0/8")', 2, None, scope)
    address, *networks = resolve_all(node.arguments, scope)
    address = _accepted(address, (Kind.STRING,), name, scope)
    for network in networks:
        if network.type.kind is not Kind.LIST:
            _accepted(network, (Kind.STRING,), name, scope)
        elif network.type.element is None or network.type.element.kind is not Kind.STRING:
            raise scope.error(
                "E0309", f"{described(network)}, not a list of networks", network.span, "use `list<string>`"
            )
        _check_networks(network, scope)
    arguments = (address, *networks)
    return Call(name, arguments, BOOL.as_nullable(_nullable(arguments)), node.span)


def _check_networks(node: Expression, scope: Scope) -> None:
    from ipaddress import ip_network

    items = getattr(node, "items", (node,))
    for item in items:
        if not isinstance(item, Constant) or not isinstance(item.value, str):
            continue
        try:
            ip_network(item.value)
        except ValueError as error:
            fix = 'write it as "10.0.0.0/8", with the bits after the network being zero'
            raise scope.error("E0324", f'"{item.value}" is no network: {error}', item.span, fix) from None


SPECIAL: dict[str, Callable[[str, ast.Call, Scope], Expression]] = {
    "min": _extreme,
    "max": _extreme,
    "mod": _mod,
    "pow": _pow,
    "contains": _contains,
    "ip_in": _ip_in,
}
