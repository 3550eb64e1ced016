"""What the tree holds: the parts of each construct, and the place of each node."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cep.language import ast
from cep.language.diagnostics import Span
from cep.language.parse import parse_text


def only(text: str) -> ast.Declaration:
    parsed = parse_text(text, "f")
    assert parsed.diagnostics == ()
    (item,) = parsed.file.items
    return item


def clauses(text: str) -> tuple[ast.Clause, ...]:
    rule = only(f"rule r {{ {text} }}")
    assert isinstance(rule, ast.Rule)
    return rule.clauses


def items(text: str) -> tuple[ast.Item, ...]:
    (match,) = clauses(f"match {text}")
    assert isinstance(match, ast.Match)
    return match.body.items


def node(text: str) -> ast.Step | ast.Group | ast.Either | ast.AllOf | ast.Absent:
    return items(text)[0].node


def step(text: str) -> ast.Step:
    found = node(text)
    assert isinstance(found, ast.Step)
    return found


def expression(text: str) -> ast.Expression:
    found = step(f"a: T where {text}").where
    assert found is not None
    return found


def drawn(found: ast.Expression) -> str:
    """An expression with every operation in parentheses, to see what binds tighter."""
    match found:
        case ast.Literal():
            return found.text
        case ast.Name():
            return found.name
        case ast.Attribute():
            return f"{drawn(found.value)}{'?.' if found.optional else '.'}{found.name}"
        case ast.Index():
            return f"{drawn(found.value)}[{drawn(found.index)}]"
        case ast.Call():
            return f"{drawn(found.function)}({', '.join(map(drawn, found.arguments))})"
        case ast.ListOf():
            return f"[{', '.join(map(drawn, found.items))}]"
        case ast.Negative():
            return f"(-{drawn(found.operand)})"
        case ast.Not():
            return f"(not {drawn(found.operand)})"
        case ast.Arithmetic() | ast.Compare():
            return f"({drawn(found.left)} {found.op} {drawn(found.right)})"
        case ast.Logic():
            return "(" + f" {found.op} ".join(map(drawn, found.items)) + ")"
        case ast.Coalesce():
            return "(" + " ?? ".join(map(drawn, found.items)) + ")"
        case ast.In():
            return f"({drawn(found.value)} {'not ' * found.negated}in {drawn(found.container)})"
        case ast.Like():
            return f"({drawn(found.value)} {'not ' * found.negated}{found.op} {drawn(found.pattern)})"
        case ast.Between():
            between = f"{'not ' * found.negated}between {drawn(found.low)} and {drawn(found.high)}"
            return f"({drawn(found.value)} {between})"
        case ast.IsNull():
            return f"({drawn(found.value)} is {'not ' * found.negated}null)"
        case ast.Conditional():
            return f"({drawn(found.then)} if {drawn(found.condition)} else {drawn(found.otherwise)})"
        case ast.Object():
            return "{" + ", ".join(f"{pair.name}: {drawn(pair.value)}" for pair in found.pairs) + "}"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a + b * c - d", "((a + (b * c)) - d)"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b / c", "((a / b) / c)"),
        ("-a * b", "((-a) * b)"),
        ("--a", "(-(-a))"),
        ("-a.b[0](1)", "(-a.b[0](1))"),
        ("a ?? b ?? c > d", "((a ?? b ?? c) > d)"),
        ("a ?? b * c", "((a ?? b) * c)"),
        ("not a and b", "((not a) and b)"),
        ("not a == b", "(not (a == b))"),
        ("a or b and c or d", "(a or (b and c) or d)"),
        ("(a or b) and c", "((a or b) and c)"),
        ("a and (b and c)", "(a and (b and c))"),
        ("a between 1 and 2 and b", "((a between 1 and 2) and b)"),
        ("a not between b - 1 and b + 1", "(a not between (b - 1) and (b + 1))"),
        ("a in (1, 2) or a not in b", "((a in [1, 2]) or (a not in b))"),
        ('a like "x%" and a not imatches ("y", "z")', '((a like "x%") and (a not imatches ["y", "z"]))'),
        ("a is null or b is not null", "((a is null) or (b is not null))"),
        ("a?.b.c is null", "(a?.b.c is null)"),
        ("a if b else c if d else e", "(a if b else (c if d else e))"),
        ("a + 1 if b or c else d", "((a + 1) if (b or c) else d)"),
        ("[]", "[]"),
        ("(1,)", "[1]"),
        ("f()", "f()"),
        ("{ a: 1, b.c }", "{a: 1, c: b.c}"),
        ("a[-1]?.x", "a[(-1)]?.x"),
        ("90% * a > 1_000.50", "((90% * a) > 1_000.50)"),
    ],
)
def test_what_binds_tighter(text: str, meaning: str) -> None:
    assert drawn(expression(text)) == meaning


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("10", "int", 10),
        ("1_000.50", "decimal", Decimal("1000.50")),
        ("90%", "percent", Decimal("0.90")),
        ('"a\\"b"', "string", 'a"b'),
        ("true", "bool", True),
        ("false", "bool", False),
        ("null", "null", None),
        ("1h30m", "duration", 5_400_000_000),
        ("@1970-01-01T00:00:01Z", "timestamp", 1_000_000),
    ],
)
def test_literals_hold_their_value_and_text(text: str, kind: str, value: object) -> None:
    found = expression(text)
    assert isinstance(found, ast.Literal)
    assert (found.kind, found.value, found.text, type(found.value)) == (kind, value, text, type(value))


def test_a_step_with_all_its_parts() -> None:
    found = step(
        "`any`: Login{2,5} consecutive greedy by (user.id?, proc = parent.id) where x having y within 5m"
        " until Off by k where z"
    )
    assert (found.name, found.event) == ("any", "Login")
    assert found.quantifier is not None
    assert (found.quantifier.minimum, found.quantifier.maximum, found.quantifier.text) == (2, 5, "{2,5}")
    assert [mode.name for mode in found.modes] == ["consecutive", "greedy"]
    assert [(key.path.parts, key.null_is_key, key.part) for key in found.keys] == [
        (("user", "id"), True, None),
        (("parent", "id"), False, "proc"),
    ]
    assert (drawn(found.where or only_null()), drawn(found.having or only_null())) == ("x", "y")
    assert found.within is not None
    assert (found.within.value, found.within.text) == (300_000_000, "5m")
    assert found.until is not None
    assert (found.until.event, found.until.keys[0].path.parts, drawn(found.until.where or only_null())) == (
        "Off",
        ("k",),
        "z",
    )


def only_null() -> ast.Literal:
    place = Span("f", 1, 1, 1, 1)
    return ast.Literal("null", None, "nothing", place)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [("?", (0, 1)), ("+", (1, None)), ("*", (0, None)), ("{3}", (3, 3)), ("{2,}", (2, None)), ("{2,5}", (2, 5))],
)
def test_quantifiers(text: str, bounds: tuple[int, int | None]) -> None:
    found = step(f"a: T{text}").quantifier
    assert found is not None
    assert (found.minimum, found.maximum, found.text) == (*bounds, text)


def test_links_and_gaps() -> None:
    found = items("a: T then b: T then next c: T then any within 5m after span d: T without X then e: T")
    links = [item.link for item in found]
    assert links[0] is None
    assert links[4] is None
    assert [link.mode for link in links if link] == ["then", "next", "any", "then"]
    gap = links[3]
    assert gap is not None
    assert gap.within is not None
    assert gap.after is not None
    assert (gap.within.value, gap.after.value) == (300_000_000, "span")


def test_absences() -> None:
    found = [item.node for item in items("without A by k where x within 90d then b: T without next B without any C")]
    absences = [absence for absence in found if isinstance(absence, ast.Absent)]
    assert [(a.event, a.next, a.any, a.within is not None) for a in absences] == [
        ("A", False, False, True),
        ("B", True, False, False),
        ("C", False, True, False),
    ]
    assert [item.link is None for item in items("without A then b: T")] == [True, False]


def test_groups() -> None:
    group = node("( a: T then ( b: T )? ){2,} combinations within 5m until U")
    assert isinstance(group, ast.Group)
    assert [mode.name for mode in group.modes] == ["combinations"]
    assert isinstance(group.body.items[1].node, ast.Group)
    either = node("either ( a: T then b: T | without X within 1m ) within 5m")
    assert isinstance(either, ast.Either)
    assert [len(steps.items) for steps in either.alternatives] == [2, 1]
    every = node("all of ( a: T by k, b: T{2}, without X within 1m ) within 5m")
    assert isinstance(every, ast.AllOf)
    assert (every.need, [type(member) for member in every.members]) == (None, [ast.Step, ast.Step, ast.Absent])
    some = node("at least 2 of ( a: T, b: T )")
    assert isinstance(some, ast.AllOf)
    assert (some.need, some.within) == (2, None)


def test_the_header_of_a_match() -> None:
    (match,) = clauses("match by a.b, c? within span over T, U x: V")
    assert isinstance(match, ast.Match)
    assert [(key.path.parts, key.null_is_key) for key in match.keys] == [(("a", "b"), False), (("c",), True)]
    assert match.within is not None
    assert match.within.value == "span"
    assert [name.name for name in match.over] == ["T", "U"]


def test_clauses() -> None:
    found = clauses(
        'severity high score 7 mode live tags [a, "b"] match a: T cancel on U by k where x'
        " after match skip to last a in start order report updates let x = 1 emit { a, host.id, n: 1 }"
        " on timeout at a emit {} suppress for 1h by k, x.y max 3 unbounded limit runs 5"
    )
    metas = {clause.key: drawn(clause.value) for clause in found if isinstance(clause, ast.Meta)}
    assert metas == {"severity": "high", "score": "7", "mode": "live", "tags": '[a, "b"]'}
    by_type = {type(clause): clause for clause in found}
    skip, emit, timeout = by_type[ast.Skip], by_type[ast.Emit], by_type[ast.OnTimeout]
    assert isinstance(skip, ast.Skip)
    assert isinstance(emit, ast.Emit)
    assert isinstance(timeout, ast.OnTimeout)
    assert (skip.kind, skip.step and skip.step.name, skip.in_start_order) == ("last", "a", True)
    assert [(pair.name, pair.shorthand) for pair in emit.fields.pairs] == [("a", True), ("id", True), ("n", False)]
    assert timeout.at is not None
    assert timeout.at.name == "a"
    suppress, limit = by_type[ast.Suppress], by_type[ast.LimitRuns]
    assert isinstance(suppress, ast.Suppress)
    assert isinstance(limit, ast.LimitRuns)
    assert ([path.parts for path in suppress.by], suppress.maximum, limit.count) == ([("k",), ("x", "y")], 3, 5)


@pytest.mark.parametrize(
    ("text", "kind"), [("past last", "past"), ("to next", "next"), ("to first a", "first"), ("nothing", "nothing")]
)
def test_skips(text: str, kind: str) -> None:
    skip = clauses(f"match a: T after match skip {text}")[1]
    assert isinstance(skip, ast.Skip)
    assert (skip.kind, skip.in_start_order) == (kind, False)


def test_events_and_types() -> None:
    event = only(
        'event E extends B { a: string?, `from`: timestamp("s", "UTC") from "x.y" c: enum("p", "q")'
        " d: list<map<string, int?>>? e: { f: int } } time ts order by a desc, b.c lateness 1m idle 2s"
    )
    assert isinstance(event, ast.Event)
    assert (event.name, event.base, event.lateness, event.idle) == ("E", "B", 60_000_000, 2_000_000)
    assert [(key.path.parts, key.descending) for key in event.order] == [(("a",), True), (("b", "c"), False)]
    a, b, c, d, e = (field.type for field in event.fields)
    assert [field.name for field in event.fields] == ["a", "from", "c", "d", "e"]
    assert event.fields[1].source == "x.y"
    assert (a.nullable, b.nullable, d.nullable) == (True, False, True)
    assert isinstance(b, ast.ScalarType)
    assert b.arguments == ("s", "UTC")
    assert isinstance(c, ast.EnumType)
    assert c.members == ("p", "q")
    assert isinstance(d, ast.ListType)
    assert isinstance(d.element, ast.MapType)
    assert d.element.value.nullable
    assert isinstance(e, ast.RecordType)


def test_test_blocks() -> None:
    found = only(
        'test "x" for r with { p: 5 } { 00:01 A { k: 1 } + 1m A {} @1970-01-01T00:00:01Z A {} advance 5s'
        " expect match expect 2 matches expect no match expect timeout { a: 1 } expect late }"
    )
    assert isinstance(found, ast.Test)
    assert found.settings is not None
    sends = [line.at for line in found.lines if isinstance(line, ast.Send)]
    assert [(at.kind, at.time) for at in sends] == [
        ("offset", 60_000_000),
        ("after", 60_000_000),
        ("instant", 1_000_000),
    ]
    expects = [line for line in found.lines if isinstance(line, ast.Expect)]
    assert [(line.kind, line.count, line.fields is not None) for line in expects] == [
        ("match", None, False),
        ("match", 2, False),
        ("match", 0, False),
        ("timeout", None, True),
        ("late", None, False),
    ]


def test_every_node_knows_its_place_also_behind_a_mark_tabs_and_carriage_returns() -> None:
    text = '\ufeffevent E {\r\n\tk: string\r\n} time k\r\nrule r {\r\n\tmatch by k\r\n\t\ta: E where k == "x"\r\n}\r\n'
    event, rule = parse_text(text, "f").file.items
    assert event.span == Span("f", 1, 1, 3, 9)
    assert isinstance(event, ast.Event)
    assert event.fields[0].span == Span("f", 2, 2, 2, 11)
    assert isinstance(rule, ast.Rule)
    match = rule.clauses[0]
    assert isinstance(match, ast.Match)
    found = match.body.items[0].node
    assert isinstance(found, ast.Step)
    assert (found.span, found.event_span) == (Span("f", 6, 3, 6, 22), Span("f", 6, 6, 6, 7))
    assert found.where is not None
    assert found.where.span == Span("f", 6, 14, 6, 22)
