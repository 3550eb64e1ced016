"""The Python that is generated for a rule: its own module, and the dispatch that decides what an event can move."""

from __future__ import annotations

import msgspec

from cep.analysis.planned import PlannedRule
from cep.plan.plan import Source


def sources(planned: PlannedRule) -> tuple[Source, Source]:
    """The rule's module and the dispatch."""
    return planned.rule.source, planned.plan.dispatch


def render_code(planned: PlannedRule) -> str:
    """Both modules as text; constants they refer to by name as comments in front."""
    return "\n".join(_module(source) for source in sources(planned))


def render_code_json(planned: PlannedRule) -> str:
    """The same as JSON: name, constants and text of each module."""
    modules = [
        {
            "name": source.name,
            "constants": {name: repr(value) for name, value in constants(source)},
            "text": source.text,
        }
        for source in sources(planned)
    ]
    return msgspec.json.format(msgspec.json.encode(modules), indent=2).decode() + "\n"


def constants(source: Source) -> list[tuple[str, object]]:
    """The constants of a module, in the order of their first use."""
    return list(source.constants.items())


def _module(source: Source) -> str:
    named = "".join(f"# {name} = {value!r}\n" for name, value in constants(source))
    return f"# {source.name}\n{named}\n{source.text}"
