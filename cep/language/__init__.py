"""Text to checked rules.

In: `.pattern` files. Out: a `RuleSet` of fully resolved, typed rules (`model`), or diagnostics.
Costs: parse tables are cached, a file is read once. Does not: build automata, run anything, import foreign code.
"""
