"""How the constructs of expressions show in the text of a drawn rule."""

from __future__ import annotations

import re

_PATTERNS = {
    "and": r" and ",
    "or": r" or ",
    "not": r"\bnot ",
    "comparison": r" (==|!=|<=|>=|<|>) ",
    "arithmetic": r" [+*/] ",
    "division that may be by zero": r"\b6 / v|x / n",
    "in a tuple": r" in \(",
    "in a list": r" in \[",
    "in a declared list": r"(?<!not )in listed",
    "not in": r" not in ",
    "between": r"(?<!not )between",
    "not between": r"not between",
    "like": r" i?like ",
    "like any of several": r"like \(",
    "matches": r" i?matches ",
    "is null": r"is null",
    "is not null": r"is not null",
    "??": r"\?\?",
    "?.": r"\?\.",
    "if else": r" if .* else ",
    "index": r"\[(0|-1)\]",
    "list written out": r"[ (]\[[^\]]*,",
    "percent": r"\d%",
    "param": r"\blimit\b(?! runs)",
    "self": r"\bself\b",
    "timestamp written out": r"@1970",
    "duration": r"\bts - .* \d+ms",
    "function of numbers": r"\b(abs|mod|max|min)\(v\b|\b(round|floor|ceil|sqrt|pow)\(",
    "function of text": r"\b(upper|lower|trim|length|starts_with|ends_with|contains|concat|substring)\(",
    "function of the calendar": r"\b(hour|minute|weekday|date)\(ts",
    "function of a duration": r"seconds\(",
    "geo_km or ip_in": r"geo_km\(|ip_in\(",
    "coalesce": r"coalesce\(",
    "cast": r"\b(decimal|float|string|int)\(",
    "field that is a list": r" in l\b|\bl\[|contains\(l",
    "define": r"\b(near|outweighs|outranks)\(",
    "define over events": r"\bout(weighs|ranks)\(",
    "Python function": r"\bodd\(",
    "let in a condition": r"v (==|!=|<=|>=|<|>) base",
    "prev": r"prev\(",
    "prev of two before": r"prev\(v, 2\)",
    "own aggregate": r"\b(count|sum|avg|max|first|count_distinct|last)\((v|s|x)?\)",
    "reference to a step": r"(where|having|and|or|not) .*\bp\d+\??\.",
    "reference to an optional step": r"\bp\d+\?\.",
    **{
        f"{function} of a step": rf"\b{function}\(p\d"
        for function in (
            "count", "sum", "avg", "min", "max", "first", "last", "count_distinct", "collect", "collect_distinct",
            "any", "all",
        )
    },
}  # fmt: skip

EXPRESSIONS = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
"""Constructs of section 3 of the language page, by name."""
