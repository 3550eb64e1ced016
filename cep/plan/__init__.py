"""Checked rules to an immutable plan.

In: `language.model.RuleSet`. Out: a `Plan` of automata as data, and generated Python source for guards and steps.
Costs: one pass over each rule; the source is compiled once. Does not: hold run-time state, read events.
"""
