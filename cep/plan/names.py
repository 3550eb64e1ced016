"""Global names in generated code for what a rule file declares."""

from __future__ import annotations

import re

_PLAIN_PART = re.compile(r"[A-Za-z0-9](?:_?[A-Za-z0-9])*", re.ASCII)


def global_name(prefix: str, qualified: str) -> str:
    """The global under which generated code finds a declared name: `P` + `bank.limit` is `P_bank__limit`.

    `prefix` is `P` for a param, `L` and `S` for a list's values as tuple and as frozenset, `F` for a function.
    Two qualified names never share a global: parts that could be mistaken are spelled in hexadecimal.
    """
    parts = qualified.split(".")
    if all(_PLAIN_PART.fullmatch(part) for part in parts):
        return f"{prefix}_" + "__".join(parts)
    return f"{prefix}__x" + qualified.encode().hex()


def readable(text: str, longest: int = 24) -> str:
    """A piece of text as part of an identifier: `2.00` is `2_00`, `-1` is `minus_1`. Not unique."""
    words = text.replace("-", "minus_")
    return re.sub(r"\W+", "_", words, flags=re.ASCII).strip("_")[:longest]
