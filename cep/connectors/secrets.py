"""Values that were filled into a job file from variables and files, struck out of what clients say of their settings.

There is one set for the process, as there is one standard error: clients speak in errors, warnings and health alike.
"""

from __future__ import annotations

from collections.abc import Iterable

STRUCK = "***"
LEAST = 4
"""Characters: shorter values stand in too many words."""
SHOWN = frozenset(
    {"bootstrap.servers", "metadata.broker.list", "client.id", "client.rack", "group.id", "group.instance.id"}
    | {"transactional.id", "url"}
)
"""Properties that are addresses and names, which who reads a log needs, wherever they come from."""
_WORDS = frozenset(
    {"plaintext", "sasl_plaintext", "sasl_ssl", "plain", "scram-sha-256", "scram-sha-512", "gssapi", "oauthbearer"}
    | {"true", "false", "none", "https", "classic", "consumer", "gzip", "snappy", "zstd"}
)
_values: set[str] = set()


def keep_secret(value: str) -> None:
    """Have a value struck out from now on, unless it is one of the words that settings are made of, or a number."""
    value = value.strip()
    if len(value) >= LEAST and value.lower() not in _WORDS and not value.isdecimal():
        _values.add(value)


def struck(text: str) -> str:
    """A text without them."""
    return without(_values, text)


def without(values: Iterable[str], text: str) -> str:
    """A text in which some values are struck out, longer ones first."""
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, STRUCK)
    return text
