"""Runs tests. Results are values; nothing here prints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from cep.engine.values import Values
from cep.language.diagnostics import CheckFailed
from cep.language.model import RuleSet, Test, TestSend
from cep.testing.play import Play
from cep.testing.result import Failure, TestResult, TestRun
from cep.testing.stage import Setting, setting

Functions = Mapping[str, Callable[..., object]]


def run_tests(rules: RuleSet, tests: Iterable[Test] | None = None, functions: Functions | None = None) -> TestRun:
    """Run `tests` (all of the rule set without them) one after the other, each on a stage of its own.

    `functions`: the Python functions that rules may call, by qualified name; a test whose rule needs another one is
    broken.
    """
    chosen = tuple(rules.tests if tests is None else tests)
    begun = time.perf_counter()
    settings = _Settings(rules, chosen)
    results = tuple(run_test(rules, test, settings, functions or {}) for test in chosen)
    return TestRun(results, dict(rules.sources), time.perf_counter() - begun)


def run_test(rules: RuleSet, test: Test, settings: _Settings, functions: Functions) -> TestResult:
    """Run one test."""
    begun = time.perf_counter()
    try:
        ready = settings.of(test.rule)
    except CheckFailed as failed:
        failures = tuple(Failure(d.span, d.message, (), d.fix) for d in failed.diagnostics)
        return TestResult(test.name, test.rule, test.file, test.span, failures, is_broken=True)
    play = Play(test, ready, _values(rules, test, functions))
    play.run()
    failures, seconds = tuple(play.failures), time.perf_counter() - begun
    return TestResult(test.name, test.rule, test.file, test.span, failures, play.notes(), play.is_broken, seconds)


class _Settings:
    """Rules made ready, each once."""

    def __init__(self, rules: RuleSet, tests: Iterable[Test]) -> None:
        self._rules = rules
        self._ready: dict[str, Setting] = {}
        self._sent: dict[str, list[str]] = {}
        for test in tests:
            sent = self._sent.setdefault(test.rule, [])
            sent += [line.event for line in test.lines if isinstance(line, TestSend)]

    def of(self, rule: str) -> Setting:
        """The setting of a rule."""
        if rule not in self._ready:
            self._ready[rule] = setting(self._rules, rule, self._sent[rule])
        return self._ready[rule]


def _values(rules: RuleSet, test: Test, functions: Functions) -> Values:
    """Defaults of params and empty lists, replaced by what the test's `with` sets."""
    given = dict(test.settings.values)
    params = {name: given.get(name, info.default) for name, info in rules.params.items()}
    lists: dict[str, tuple[object, ...]] = {}
    for name in rules.lists:
        values = given.get(name, ())
        assert isinstance(values, list | tuple)
        lists[name] = tuple(values)
    return Values(params, lists, dict(functions))
