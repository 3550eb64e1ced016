"""Complex event processing: typed rules in `.pattern` files, run over events in event-time order.

    import cep

    engine = cep.compile("rules/").engine()
    for alert in engine.run(events):
        print(alert.rule, alert.fields)

Everything is documented in `cep.api`. It is loaded when first used, so that the command line starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cep.api import (
        Alert,
        AlertEvent,
        ChangeReport,
        CheckFailed,
        DeadLetter,
        Engine,
        EngineStats,
        Late,
        RuleChange,
        Rules,
        SettingsError,
        SnapshotError,
        Verdict,
        compile,
        compile_text,
    )

__all__ = [
    "Alert",
    "AlertEvent",
    "ChangeReport",
    "CheckFailed",
    "DeadLetter",
    "Engine",
    "EngineStats",
    "Late",
    "RuleChange",
    "Rules",
    "SettingsError",
    "SnapshotError",
    "Verdict",
    "compile",
    "compile_text",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'cep' has no attribute {name!r}")
    from cep import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
