"""Python functions that rules declare: imported only from modules that were allowed, only when something will run."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cep.language.model import FunctionInfo, RuleSet
from cep.runtime.settings import SettingsError


def function_values(
    rules: RuleSet, given: Mapping[str, Callable[..., Any]] | Iterable[str]
) -> dict[str, Callable[..., Any]]:
    """Every declared function by qualified name.

    `given`: callables by `module:name` or by the declared name, or the names of modules that may be imported (with
    what is below them). Raises `SettingsError` for a function that is neither given nor allowed, or is not there.
    """
    if isinstance(given, Mapping):
        return {name: _given(info, given) for name, info in rules.functions.items()}
    allowed = [given] if isinstance(given, str) else list(given)
    return {name: load_function(info, allowed) for name, info in rules.functions.items()}


def function_finder(
    given: Mapping[str, Callable[..., Any]] | Iterable[str],
) -> Callable[[FunctionInfo], Callable[..., Any]]:
    """Finds single declared functions, as `function_values` does: those of rules that were kept with their state."""
    if isinstance(given, Mapping):
        return lambda info: _given(info, given)
    allowed = [given] if isinstance(given, str) else list(given)
    return lambda info: load_function(info, allowed)


def is_allowed(module: str, allowed: Iterable[str]) -> bool:
    """Whether `module` is one of the allowed modules or lies below one."""
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def load_function(info: FunctionInfo, allowed: Iterable[str]) -> Callable[..., Any]:
    """Import a declared function. Raises `SettingsError`."""
    place = f"{info.module}:{info.attribute}"
    if not is_allowed(info.module, allowed):
        raise SettingsError(f"the module of the function `{info.name}` is not allowed", f'allow "{info.module}"')
    try:
        found: Any = importlib.import_module(info.module)
        for part in info.attribute.split("."):
            found = getattr(found, part)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a foreign module may raise anything when it is imported, `sys.exit` with it
        message = f"`{place}` cannot be imported: {type(error).__name__}: {error}"
        raise SettingsError(message, "install the module, or correct its path in the rules") from error
    return _callable(found, place)


def _given(info: FunctionInfo, given: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    place = f"{info.module}:{info.attribute}"
    found = given.get(place, given.get(info.name))
    if found is None:
        raise SettingsError(f"the function `{info.name}` is not given", f'give it, as in functions={{"{place}": ...}}')
    return _callable(found, place)


def _callable(found: Any, place: str) -> Callable[..., Any]:
    if not callable(found):
        raise SettingsError(f"`{place}` is not a function", "name a function, as in `module:function`")
    function: Callable[..., Any] = found
    return function
