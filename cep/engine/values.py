"""Values given to a plan from outside: params, lists, Python functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cep.language.model import ParamInfo


@dataclass(frozen=True, slots=True)
class Values:
    """By the qualified names of the rule set. A missing param takes its declared default; a missing list is an error
    raised by whoever builds the values (empty in tests). Values are in run-time form (see `language.types`).

    `code`: fingerprints of the functions' code, of those that could be looked at."""

    params: Mapping[str, object] = field(default_factory=dict)
    lists: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)

    def completed(self, params: Mapping[str, ParamInfo]) -> Values:
        """The same values with the declared default of every param that is not among them."""
        defaults = {name: info.default for name, info in params.items()}
        return replace(self, params=defaults | dict(self.params))
