"""The resolved model as compact text, for golden files: every type and conversion can be read off."""

from __future__ import annotations

from collections.abc import Iterator

from cep.language import model
from cep.language.model import Rule, RuleSet, Test
from cep.language.resolved import (
    Aggregate,
    Arithmetic,
    Bound,
    Call,
    Candidate,
    Coalesce,
    Compare,
    Conditional,
    Constant,
    Convert,
    Element,
    Expression,
    FieldOf,
    In,
    IsNull,
    ItemAt,
    KeyPart,
    Like,
    ListLiteral,
    ListValue,
    Logic,
    Matches,
    Negate,
    Not,
    ParamValue,
    Previous,
    PythonCall,
    RecordLiteral,
    Source,
)


def rule_set_text(rules: RuleSet) -> str:
    """All rules and tests of a set."""
    lines = [line for rule in rules.rules for line in _rule(rule)]
    lines += [line for test in rules.tests for line in _test(test)]
    return "".join(line + "\n" for line in lines)


def expression_text(node: Expression) -> str:
    """An expression with the types of its leaves and conversions."""
    match node:
        case Constant():
            return f"{node.value!r}:{node.type}"
        case FieldOf():
            return f"{_source(node.source)}.{'.'.join(node.path)}:{node.type}"
        case KeyPart():
            return f"key.{node.name}:{node.type}"
        case ParamValue():
            return f"param {node.name}:{node.type}"
        case ListValue():
            return f"list {node.name}:{node.type}"
        case Convert():
            return f"{node.type}<-({expression_text(node.value)})"
        case Negate():
            return f"-({expression_text(node.value)})"
        case Arithmetic() | Compare():
            return f"({expression_text(node.left)} {node.op} {expression_text(node.right)})"
        case Logic():
            return "(" + f" {node.op} ".join(map(expression_text, node.items)) + ")"
        case Not():
            return f"not {expression_text(node.value)}"
        case In():
            return f"({expression_text(node.value)} in {expression_text(node.container)})"
        case Like() | Matches():
            word = ("i" if node.ignore_case else "") + type(node).__name__.lower()
            return f"({expression_text(node.value)} {word} {' | '.join(map(repr, node.patterns))})"
        case IsNull():
            return f"({expression_text(node.value)} is null)"
        case Coalesce():
            return "(" + " ?? ".join(map(expression_text, node.items)) + ")"
        case Conditional():
            parts = map(expression_text, (node.then, node.condition, node.otherwise))
            return "({} if {} else {})".format(*parts)
        case ItemAt():
            return f"{expression_text(node.value)}[{expression_text(node.index)}]"
        case ListLiteral():
            return "[" + ", ".join(map(expression_text, node.items)) + "]"
        case RecordLiteral():
            return "{" + ", ".join(f"{name}: {expression_text(value)}" for name, value in node.items) + "}"
        case Call():
            return f"{node.function}({', '.join(map(expression_text, node.arguments))}):{node.type}"
        case PythonCall():
            return f"python {node.name}({', '.join(map(expression_text, node.arguments))}):{node.type}"
        case Aggregate():
            of = node.step if node.step is not None else "own loop"
            argument = "" if node.argument is None else f"; {expression_text(node.argument)}"
            return f"{node.function}<{of}{argument}>:{node.type}"


def _source(source: Source) -> str:
    match source:
        case Candidate():
            return "self"
        case Bound():
            return source.step
        case Previous():
            return f"prev{source.back}"
        case Element():
            return "each"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"rule {rule.name} {rule.meta}"
    yield f"  key {', '.join(f'{part.name}: {part.type}' for part in rule.key)} within {rule.within}"
    yield f"  sees {', '.join(rule.events)}"
    for over in rule.over:
        yield f"  over {over.event} by {_key(over.key)}"
    yield from _items(rule.items, "  ")
    if rule.cancel is not None:
        yield f"  cancel {_guard(rule.cancel)}"
    order = " in start order" if rule.skip.in_start_order else ""
    yield f"  skip {rule.skip.kind} {rule.skip.step or ''}{order}, report {rule.report}"
    yield from _emit("emit", rule.emit)
    for clause in rule.on_timeout:
        yield from _emit(f"on timeout at {clause.at}", clause.emit)
    if rule.suppress is not None:
        by = ", ".join(map(expression_text, rule.suppress.by))
        yield f"  suppress {rule.suppress.within} by {by} max {rule.suppress.maximum}"
    yield f"  unbounded {rule.unbounded}, limit {rule.limit_runs}, span params {rule.span_params}"


def _items(items: tuple[model.Item, ...], indent: str) -> Iterator[str]:
    for item in items:
        link = item.link
        gaps = "".join(f" {word} {span}" for word, span in (("within", link.within), ("after", link.after)) if span)
        yield from _node(item.node, f"{indent}{link.mode}{gaps} ", indent)


def _node(node: object, start: str, indent: str) -> Iterator[str]:
    match node:
        case model.Step():
            greedy = " greedy" if node.greedy else ""
            count = f"{{{node.minimum},{node.maximum}}} {node.mode}{greedy}"
            yield f"{start}{node.name}: {node.event}{count} by {_key(node.key)} within {node.within}"
            for word, condition in (("where", node.where), ("having", node.having)):
                if condition is not None:
                    yield f"{indent}    {word} {expression_text(condition)}"
            if node.until is not None:
                yield f"{indent}    until {_guard(node.until)}"
        case model.Absence():
            word = "without next" if node.next else "without"
            yield f"{indent}{word} {node.event} by {_key(node.key)} within {node.within}"
            if node.where is not None:
                yield f"{indent}    where {expression_text(node.where)}"
        case model.Group():
            yield f"{start}group{{{node.minimum},{node.maximum}}} {node.mode} within {node.within}"
            yield from _items(node.items, indent + "  ")
            if node.until is not None:
                yield f"{indent}    until {_guard(node.until)}"
        case model.Either():
            yield f"{start}either within {node.within}"
            for alternative in node.alternatives:
                yield f"{indent}  |"
                yield from _items(alternative, indent + "    ")
        case model.AllOf():
            yield f"{start}{'all' if node.conjunction else 'at least'} {node.need} within {node.within}"
            for member in node.members:
                yield from _node(member, f"{indent}  ", indent + "  ")


def _guard(guard: model.Guard) -> str:
    where = "" if guard.where is None else f" where {expression_text(guard.where)}"
    return f"{guard.event} by {_key(guard.key)}{where}"


def _key(key: model.RoleKey) -> str:
    return ", ".join(
        ".".join(path) + ("?" if null else "") for path, null in zip(key.paths, key.null_is_key, strict=True)
    )


def _emit(word: str, emit: model.Emit | None) -> Iterator[str]:
    yield f"  {word}{'' if emit else ' everything'}"
    for name, value in emit.fields if emit else ():
        yield f"    {name}: {value.type} = {expression_text(value)}"


def _test(test: Test) -> Iterator[str]:
    yield f"test {test.name!r} for {test.rule} with {dict(test.settings.values)}"
    for line in test.lines:
        match line:
            case model.TestSend():
                yield f"  {line.at.kind} {line.at.time} {line.event} {dict(line.fields)}"
            case model.TestExpect():
                yield f"  expect {line.kind} {line.count} {dict(line.fields)}"
            case _:
                yield f"  advance {line.by}"
