"""Runs tests. Results are values; nothing here prints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cep.engine.values import Values
from cep.language.diagnostics import CheckFailed
from cep.language.model import RuleSet, Test, TestSend
from cep.language.types import Kind
from cep.runtime.functions import function_values
from cep.runtime.settings import SettingsError
from cep.testing.called import called_functions
from cep.testing.play import Play
from cep.testing.result import Failure, TestResult, TestRun
from cep.testing.stage import Setting, setting

Functions = Mapping[str, Callable[..., Any]] | Iterable[str]
Recheck = Callable[[Mapping[str, object]], RuleSet]


def run_tests(
    rules: RuleSet,
    tests: Iterable[Test] | None = None,
    functions: Functions = (),
    recheck: Recheck | None = None,
) -> TestRun:
    """Run `tests` (all of the rule set without them) one after the other, each on a stage of its own.

    `functions`: what rules may call, as callables by `module:name` or as names of modules that may be imported; a test
    whose rule calls anything else is broken. `recheck` checks the rules again with other values of params, for a
    test that sets one of which a span may be made; without it such spans keep their defaults.
    """
    chosen = tuple(rules.tests if tests is None else tests)
    begun = time.perf_counter()
    runner = _Runner(rules, chosen, functions, recheck)
    results = tuple(runner.run(test) for test in chosen)
    return TestRun(results, dict(rules.sources), time.perf_counter() - begun)


class _Runner:
    """Makes each rule ready once, and each of its spans' variants."""

    def __init__(self, rules: RuleSet, tests: Sequence[Test], functions: Functions, recheck: Recheck | None) -> None:
        self._rules = rules
        self._functions = functions if isinstance(functions, Mapping) else tuple(functions)
        self._recheck = recheck
        self._ready: dict[tuple[str, tuple[tuple[str, object], ...]], Setting] = {}
        self._sent: dict[str, list[str]] = {}
        for test in tests:
            sent = self._sent.setdefault(test.rule, [])
            sent += [line.event for line in test.lines if isinstance(line, TestSend)]

    def run(self, test: Test) -> TestResult:
        """Run one test."""
        begun = time.perf_counter()
        try:
            ready = self._setting(test)
            play = Play(test, ready, self._values(test, ready))
        except CheckFailed as failed:
            return _broken(test, tuple(Failure(d.span, d.message, (), d.fix) for d in failed.diagnostics))
        except SettingsError as error:
            return _broken(test, (Failure(test.span, error.message, (), error.fix),))
        play.run()
        failures, seconds = tuple(play.failures), time.perf_counter() - begun
        return TestResult(test.name, test.rule, test.file, test.span, failures, play.notes(), play.is_broken, seconds)

    def _setting(self, test: Test) -> Setting:
        params = self._rules.params
        spans = tuple(
            (name, value)
            for name, value in test.settings.values
            if self._recheck is not None and name in params and params[name].type.kind is Kind.DURATION
        )
        place = (test.rule, spans)
        if place not in self._ready:
            rules = self._recheck(dict(spans)) if spans and self._recheck is not None else self._rules
            self._ready[place] = setting(rules, test.rule, self._sent[test.rule])
        return self._ready[place]

    def _values(self, test: Test, ready: Setting) -> Values:
        """Defaults of params and empty lists, replaced by what the test's `with` sets; the functions the rule calls."""
        rules, given = self._rules, dict(test.settings.values)
        params = {name: given.get(name, info.default) for name, info in rules.params.items()}
        lists: dict[str, tuple[object, ...]] = {}
        for name in rules.lists:
            values = given.get(name, ())
            lists[name] = tuple(values) if isinstance(values, list | tuple) else ()
        called = {name: info for name, info in rules.functions.items() if name in called_functions(ready.rule)}
        return Values(params, lists, function_values(replace(rules, functions=called), self._functions))


def _broken(test: Test, failures: tuple[Failure, ...]) -> TestResult:
    return TestResult(test.name, test.rule, test.file, test.span, failures, is_broken=True)
