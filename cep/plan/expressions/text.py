"""`like` and `matches`: plain string methods where the pattern allows it, RE2 otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cep.language.resolved import Like, Matches
from cep.plan.expressions.code import TRUE, Binding, Code, disjunction
from cep.plan.functions.patterns import like_matcher, searcher
from cep.plan.names import readable

if TYPE_CHECKING:
    from cep.plan.expressions.writer import Writer


def matched(writer: Writer, expression: Like | Matches, subject: Code) -> Code:
    """A condition over `subject`, which is not null: it fits any of the patterns."""
    if isinstance(expression, Matches):
        search = searcher(expression.patterns, expression.ignore_case)
        key = f"RE_{readable(expression.patterns[0]) or 1}"
        return Code(f"{writer.constants.add(search, key)}({subject.text})")
    patterns = expression.patterns
    if expression.ignore_case:
        subject = Code(f"{subject.inside(Binding.ATOM)}.lower()")
        patterns = tuple(pattern.lower() for pattern in patterns)
    return _like(writer, patterns, subject)


def _like(writer: Writer, patterns: tuple[str, ...], subject: Code) -> Code:
    """Patterns of one form share a test, so that a long list of prefixes is one `startswith`."""
    exact: list[str] = []
    starts: list[str] = []
    ends: list[str] = []
    inner: list[str] = []
    others: list[str] = []
    for pattern in dict.fromkeys(patterns):
        if pattern.strip("%") == "" and pattern:
            return TRUE
        text, form = _form(pattern)
        {"": exact, "a%": starts, "%a": ends, "%a%": inner, "other": others}[form].append(text)
    reader = _Reader(writer, subject, uses=sum(map(bool, (exact, starts, ends))) + len(inner) + len(others))
    tests = [
        *([_is_one_of(reader, exact)] if exact else []),
        *([_affix(reader, "startswith", starts)] if starts else []),
        *([_affix(reader, "endswith", ends)] if ends else []),
        *(Code(f"{text!r} in {reader.next()}", Binding.COMPARE) for text in inner),
        *(Code(f"{writer.constants.add(like_matcher(p), 'LIKE_' + _hint(p))}({reader.next()})") for p in others),
    ]
    return disjunction(tests)


class _Reader:
    """Spells the subject: under a name from its second use on, so that it is evaluated once."""

    def __init__(self, writer: Writer, subject: Code, uses: int) -> None:
        self._now = self._later = subject.inside(Binding.ATOM)
        if uses > 1 and not subject.is_name:
            self._later = writer.scope.fresh()
            self._now = f"({self._later} := {subject.text})"

    def next(self) -> str:
        """The subject, for the next use in the order of evaluation."""
        text, self._now = self._now, self._later
        return text


def _form(pattern: str) -> tuple[str, str]:
    """The literal part of a simple pattern, and where its wildcards are; the pattern itself if it is not simple."""
    core = pattern.strip("%")
    if "%" in core or "_" in core:
        return pattern, "other"
    form = ("%" if pattern.startswith("%") else "") + "a" + ("%" if pattern.endswith("%") else "")
    return core, "" if form == "a" else form


def _is_one_of(reader: _Reader, texts: list[str]) -> Code:
    if len(texts) == 1:
        return Code(f"{reader.next()} == {texts[0]!r}", Binding.COMPARE)
    return Code(f"{reader.next()} in {{{', '.join(map(repr, texts))}}}", Binding.COMPARE)


def _affix(reader: _Reader, method: str, texts: list[str]) -> Code:
    argument = repr(texts[0]) if len(texts) == 1 else repr(tuple(texts))
    return Code(f"{reader.next()}.{method}({argument})")


def _hint(pattern: str) -> str:
    return readable(pattern) or "1"
