"""What must hold of a record's bytes before they are decoded, and a second look at those that failed.

The decoder skips the insides of undeclared fields, but alerts carry the whole record: so its encoding is checked here.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import msgspec

from cep.runtime.decode.malformed import Malformed

PLAIN_LENGTH = 1000
"""Records of ASCII up to this length need no check: they cannot hold enough brackets to go too deep."""
DEPTH_LIMIT = PLAIN_LENGTH // 2
"""Objects and lists may be nested this deep. Deeper ones would decode or not depending on the caller's stack."""

_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_numbers = msgspec.json.Encoder(decimal_format="number")


def check_text(raw: bytes) -> None:
    """Refuse bytes that are not UTF-8 or too deeply nested: raises `UnicodeDecodeError` or `Malformed`.

    Only needed for records that are not ASCII or longer than `PLAIN_LENGTH`.
    """
    if not raw.isascii():
        raw.decode()
    if raw.count(b"[") + raw.count(b"{") > DEPTH_LIMIT and depth(raw) > DEPTH_LIMIT:
        raise Malformed(f"nested more than {DEPTH_LIMIT} levels deep")


def depth(raw: bytes) -> int:
    """How deep lists and objects are nested, brackets inside strings aside."""
    level = deepest = 0
    for found in _BRACKETS.finditer(raw):
        sign = raw[found.start()]
        if sign in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif sign in b"]}":
            level -= 1
    return deepest


def without_duplicates(raw: bytes) -> bytes | None:
    """The same object with only the last of each repeated key, numbers digit for digit; None if no key is repeated.

    The decoder checks each occurrence, but only the last one counts.
    """
    repeated = False

    def last_counts(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) < len(pairs)
        return found

    try:
        value = json.loads(raw, object_pairs_hook=last_counts, parse_float=Decimal, parse_int=Decimal)
        return _numbers.encode(value) if repeated else None
    except (ValueError, RecursionError, ArithmeticError):
        return None
