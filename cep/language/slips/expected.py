"""What is said where no slip is recognised: what would fit, and what stands there."""

from __future__ import annotations

from cep.language.lexer import END
from cep.language.trouble import Trouble, begins_clause

_GROUPS = {
    "a line of a test": ("_EXPECT _ADVANCE", "TIME_OF_DAY TIMESTAMP PLUS"),
    "an operator": (
        "PLUS SLASH",
        "MINUS STAR OTHERWISE DOT SAFE_DOT LSQB LPAR _AND _OR _IN NOT LIKE _BETWEEN _IS _IF EQUALS UNEQUAL LESSTHAN "
        "MORETHAN AT_MOST AT_LEAST",
    ),
    "a value": (
        "STRING DECIMAL NAME",
        "INT PERCENT DURATION TIMESTAMP LPAR LSQB LBRACE MINUS NOT _TRUE _FALSE _NULL",
    ),
    "a clause": (
        "META_KEY _EMIT",
        "_LET _MATCH _CANCEL _AFTER _REPORT _ON _SUPPRESS _UNBOUNDED _LIMIT",
    ),
    "a declaration, rule or test": ("_RULE _EVENT", "_TEST _MODULE _IMPORT _LIST _PARAM _DEFINE _FUNCTION"),
}
"""Terminals that are one thing to a reader: those that show the group is meant, and the others that go with them."""
_NAMED = {
    "NAME": "a name",
    "STRING": "a quoted text",
    "INT": "a whole number",
    "DURATION": "a duration such as `5m`",
    "TIME_OF_DAY": "a time such as `00:05`",
    "TIMESTAMP": "a timestamp",
    END: "the end of the file",
}
_LIKELY = ("`=`", "`:`", "`{`", "`emit`")
"""What is most often left out, of several things that would fit."""
_MOST = 6


def unexpected(trouble: Trouble) -> tuple[str, str, str]:
    """Code, message and fix for a place where no repair helps."""
    if begins_clause(trouble.tokens, trouble.at) and "_RULE" in trouble.expected:
        word = trouble.token.text
        return "E0121", f"the clause `{word}` stands outside of a rule", "move it before the `}` that closes its rule"
    if trouble.is_word(trouble.at) and trouble.token.text == "module":
        return "E0121", "`module` stands behind other declarations", "move it to the top of the file"
    found = "the file ends" if trouble.token.kind == END else f"`{trouble.token.shown}` stands"
    names = _readable(trouble)
    if not names:
        return "E0100", f"{found} where nothing like it fits", "look at what stands before it"
    likeliest = next((name for name in _LIKELY if name in names), names[0])
    return "E0100", f"{found} where {_either(names)} is expected", f"write {likeliest} there"


def _readable(trouble: Trouble) -> list[str]:
    left = set(trouble.expected)
    names: list[str] = []
    for name, (shown_by, others) in _GROUPS.items():
        if left.issuperset(shown_by.split()):
            names.append(name)
            left.difference_update(shown_by.split(), others.split())
    left.discard(END if names else "")
    plain: list[str] = []
    for terminal in sorted(left):
        literal = trouble.automaton.literal(terminal)
        if terminal in _NAMED:
            names.append(_NAMED[terminal])
        elif literal is not None:
            plain.append(f"`{literal}`")
        else:
            plain.extend(f"`{word}`" for word in trouble.automaton.words({terminal}))
    return [*names, *sorted(plain)][:_MOST]


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
