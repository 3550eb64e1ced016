"""Names of decoded fields in generated source."""

from __future__ import annotations

import keyword


def attribute(name: str) -> str:
    """The attribute under which a decoded event carries the declared field `name`.

    Names that Python cannot spell (keywords, back-quoted names with other signs, a leading underscore) are mangled,
    so that decoder and generated guards agree on one spelling.
    """
    if name.isascii() and name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_"):
        return name
    return "x_" + name.encode().hex()
