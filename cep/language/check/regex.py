"""Regular expressions: RE2 syntax, which never takes longer than the text is long."""

from __future__ import annotations

import re
from functools import lru_cache

from cep.language.check.scope import Scope
from cep.language.diagnostics import Span

REFUSED = (
    (r"\(\?<?[=!]", "look-around", "test the other part with a second `matches`, or with `like`"),
    (r"\\[1-9]|\(\?P=", "a back-reference", "compare the two parts as fields"),
    (r"\(\?>", "an atomic group", "write `(?:…)`, since RE2 never backtracks"),
    (r"[*+?}]\+", "a possessive quantifier", "leave the second `+` out, since RE2 never backtracks"),
)
"""What other engines know and linear-time matching cannot do: its form, its name, what to do instead."""


def check_regex(pattern: str, span: Span, scope: Scope) -> None:
    """Raise `Broken` with E0310 recorded where RE2 does not take the pattern."""
    trouble = _trouble(pattern)
    if trouble is not None:
        raise scope.error("E0310", trouble[0], span, trouble[1])


@lru_cache(maxsize=4096)
def _trouble(pattern: str) -> tuple[str, str] | None:
    # imported late: most rule files have no regular expression, and start-up time counts
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        return _reason(pattern, str(error.args[0]) if error.args else "not a regular expression")
    return None


def _reason(pattern: str, message: str) -> tuple[str, str]:
    for form, name, instead in REFUSED:
        if re.search(form, pattern.replace("\\\\", "")):
            return f"the pattern uses {name}, which has no bound on its running time", instead
    message = message.removeprefix("b'").removesuffix("'")
    return f"the pattern is no regular expression: {message}", "see the RE2 syntax; a literal sign is written `\\\\.`"
