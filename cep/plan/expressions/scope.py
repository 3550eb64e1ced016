"""How the function being generated spells what an expression reads; implemented by whoever writes the function."""

from __future__ import annotations

from typing import Protocol

from cep.language.resolved import Aggregate, FieldOf, KeyPart


class Scope(Protocol):
    """Names of the generated function. Every text returned is one operand: a name, an attribute chain, a subscript,
    a call, or anything in parentheses."""

    def field(self, ref: FieldOf) -> str:
        """The field's value; it may be None at run time only if `ref.type.nullable`."""
        ...

    def aggregate(self, agg: Aggregate) -> str:
        """The aggregate's value; None if `agg.type.nullable` says so, and for sum and avg also on overflow."""
        ...

    def key(self, part: KeyPart) -> str:
        """The value of a part of the rule's key."""
        ...

    def fresh(self) -> str:
        """A local name not used so far in the function, for an assignment expression."""
        ...
