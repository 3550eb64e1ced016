"""A rule as it is drawn: a tree that renders to `.pattern` text and that can be cut down piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.generated.declared import NAMED_SPANS


@dataclass(frozen=True, slots=True)
class Guard:
    """`Type by … where …` of `until` and `cancel on`."""

    event: str
    by: str | None = None
    where: tuple[str, ...] = ()

    def text(self) -> str:
        """As written."""
        return self.event + _by(self.by) + _where(self.where)


@dataclass(frozen=True, slots=True)
class Step:
    """A step; `where` are parts joined by `and`."""

    name: str
    event: str
    quantifier: str = ""
    modes: tuple[str, ...] = ()
    by: str | None = None
    where: tuple[str, ...] = ()
    having: str | None = None
    within: int | None = None
    until: Guard | None = None

    def text(self) -> str:
        """As written."""
        return "".join(
            [
                f"{self.name}: {self.event}{self.quantifier}",
                *(f" {mode}" for mode in self.modes),
                _by(self.by),
                _where(self.where),
                f" having {self.having}" if self.having else "",
                _within(self.within),
                f" until {self.until.text()}" if self.until else "",
            ]
        )


@dataclass(frozen=True, slots=True)
class Absence:
    """`without [next] …`."""

    event: str
    next: bool = False
    by: str | None = None
    where: tuple[str, ...] = ()
    within: int | None = None

    def text(self) -> str:
        """As written."""
        word = "without next " if self.next else "without "
        return word + self.event + _by(self.by) + _where(self.where) + _within(self.within)


@dataclass(frozen=True, slots=True)
class Group:
    """`( … )` with a quantifier."""

    items: tuple[Item, ...]
    quantifier: str = ""
    modes: tuple[str, ...] = ()
    within: int | None = None
    until: Guard | None = None

    def text(self) -> str:
        """As written, over several lines."""
        inside = "\n".join(f"  {line}" for line in lines(self.items))
        until = f" until {self.until.text()}" if self.until else ""
        return f"(\n{inside}\n){self.quantifier}" + "".join(f" {m}" for m in self.modes) + _within(self.within) + until


@dataclass(frozen=True, slots=True)
class Either:
    """`either ( … | … )`."""

    alternatives: tuple[tuple[Item, ...], ...]
    within: int | None = None

    def text(self) -> str:
        """As written, over several lines."""
        inside = "\n  |\n".join("\n".join(f"  {line}" for line in lines(items)) for items in self.alternatives)
        return f"either (\n{inside}\n)" + _within(self.within)


@dataclass(frozen=True, slots=True)
class AllOf:
    """`all of ( … )`, or `at least N of` where `need` is given."""

    members: tuple[Step | Absence, ...]
    need: int | None = None
    within: int | None = None

    def text(self) -> str:
        """As written, over several lines."""
        word = "all of" if self.need is None else f"at least {self.need} of"
        return f"{word} (\n" + ",\n".join(f"  {m.text()}" for m in self.members) + "\n)" + _within(self.within)


Node = Step | Absence | Group | Either | AllOf


@dataclass(frozen=True, slots=True)
class Item:
    """A node and how it follows: `mode` is `` (relaxed), `next` or `any`; gaps in milliseconds."""

    node: Node
    mode: str = ""
    within: int | None = None
    after: int | None = None


def lines(items: tuple[Item, ...]) -> Iterator[str]:
    """The lines of a sequence."""
    for number, item in enumerate(items):
        head = ""
        if number and not isinstance(item.node, Absence):
            head = "then " + (f"{item.mode} " if item.mode else "")
            head += _within(item.within)[1:] + (" " if item.within is not None else "")
            head += f"after {item.after}ms " if item.after is not None else ""
        yield from (head + item.node.text()).split("\n")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `fields` are the pairs of `emit` (without a name where it is left out), `timeouts` the steps of
    `on timeout` (`` for the general one)."""

    key: tuple[str, ...]
    within: int | None
    items: tuple[Item, ...]
    over: tuple[str, ...] = ()
    cancel: Guard | None = None
    skip: str | None = None
    report: str | None = None
    lets: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    timeouts: tuple[tuple[str, str], ...] = ()
    suppress: str | None = None
    limit_runs: int | None = None

    def text(self) -> str:
        """As written, with the clauses that bounds ask for."""
        by = " by " + ", ".join(self.key) if self.key else ""
        over = " over " + ", ".join(self.over) if self.over else ""
        parts = [
            f"  match{by}{_within(self.within)}{over}",
            *(f"    {line}" for line in lines(self.items)),
            *([f"  cancel on {self.cancel.text()}"] if self.cancel else []),
            *([f"  after match skip {self.skip}"] if self.skip else []),
            *([f"  report {self.report}"] if self.report else []),
            *(f"  let {name} = {value}" for name, value in self.lets),
            *([f"  emit {_object(self.fields)}"] if self.fields else []),
            *(f"  on timeout{' at ' + at if at else ''} emit {{ what: {what} }}" for at, what in self.timeouts),
            *([f"  suppress {self.suppress}"] if self.suppress else []),
            *(["  unbounded"] if self.within is None else []),
            *([f"  limit runs {self.limit_runs}"] if self.limit_runs else []),
        ]
        return "\n".join(["rule drawn {", *parts, "}", ""])


def _object(pairs: tuple[tuple[str, str], ...]) -> str:
    return "{ " + ", ".join(f"{name}: {value}" if name else value for name, value in pairs) + " }"


def _by(by: str | None) -> str:
    return f" by {by}" if by else ""


def _where(parts: tuple[str, ...]) -> str:
    if not parts:
        return ""
    return " where " + " and ".join(f"({p})" if " or " in p and len(parts) > 1 else p for p in parts)


def _within(span: int | None) -> str:
    return "" if span is None else f" within {NAMED_SPANS.get(span, f'{span}ms')}"
