"""The generated code of a shared rule, made callable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cep.engine.loader import Code, Probe, execute
from cep.engine.values import Values
from cep.language.model import FunctionInfo
from cep.plan import aggregates
from cep.plan.functions import runtime_namespace
from cep.plan.plan import PlanRule


class SharedCode(Code):
    """Step functions and output functions; there are no runs, and so no functions that make or limit them."""

    def __init__(
        self,
        rule: PlanRule,
        values: Values,
        counters: Any,
        probe: Probe | None = None,
        declared: Mapping[str, FunctionInfo] | None = None,
    ) -> None:
        self.counters = counters
        # Its machine ends partial matches in its own way.
        self.only_ends = False
        self.heads = []
        self.names: dict[str, Any] = {
            **aggregates.namespace(),
            **runtime_namespace(values.params, values.lists, values.functions, counters, declared),
            **rule.source.constants,
            "probe": probe,
        }
        execute(rule.source, self.names)
        self.emit = self.names.get("emit")
        self.suppress_by = self.names.get("suppress_by")

    def move_with(self, move: Callable[..., None]) -> None:
        """Give the step functions the machine that moves what waits."""
        self.names["move"] = move
