"""Values given to a plan from outside: params, lists, Python functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Values:
    """By the qualified names of the rule set. A missing param takes its declared default; a missing list is an error
    raised by whoever builds the values (empty in tests). Values are in run-time form (see `language.types`)."""

    params: Mapping[str, object] = field(default_factory=dict)
    lists: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
