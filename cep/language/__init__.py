"""Text to checked rules.

In: `.pattern` files. Out: a `RuleSet` of fully resolved, typed rules (`model`), or diagnostics.
Costs: a file is read once, and of one without errors that has not changed, only what an
earlier check came to (`kept`). Does not: build automata, run anything, import foreign code.
"""
