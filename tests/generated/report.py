"""A failing pair in a form that reads well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.generated.pairs import Pair


def shown(pair: Pair, differences: Sequence[str]) -> str:
    """The rule file, the log in order of arrival, and where engine and oracle part."""
    return "\n".join([pair.text, *_log(pair), "", *differences, ""])


def _log(pair: Pair) -> Iterator[str]:
    for offset, sent in enumerate(pair.log.events):
        fields = "  ".join(f"{name}={value}" for name, value in sent.data.items())
        yield f"  #{offset:<3} at {sent.time:>3}ms  {sent.event}  {fields}"
    yield "  end of input" if pair.log.end is None else f"  watermark {pair.log.end}ms"
