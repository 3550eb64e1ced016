"""`did you mean`: the nearest of the names that would have been right."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `name`, or None if none is like it. Case does not count."""
    # difflib is imported late: most files have no misspelt name, and start-up time counts
    from difflib import get_close_matches

    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str], otherwise: str) -> str:
    """The fix for a misspelt name: the nearest candidate, else the sentence `otherwise`."""
    found = nearest(name, candidates)
    return f"did you mean `{found}`?" if found is not None else otherwise


def article(words: object) -> str:
    """`an int`, `a decimal`: words with the article they take."""
    text = str(words)
    return f"{'an' if text.lstrip('`')[:1] in 'aeio' else 'a'} {text}"


def listed(names: Iterable[str], limit: int = 8) -> str:
    """Names for a message: `a, b and c`, cut after `limit`."""
    shown = [f"`{name}`" for name in names]
    if len(shown) > limit:
        return ", ".join(shown[:limit]) + f" and {len(shown) - limit} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else "none"
