"""Rules and event logs drawn from a seed, and the engine held against the oracle on them.

`python -m tests.generated --seeds A..B [--engine cep]`. In: seeds. Out: for each seed whether engine and oracle agree
on matches, their order, time-outs, late events and values; for a failing one the rule and the log, shrunk. Everything
is drawn from `random.Random(seed)` alone, so a seed names a case for as long as this generator stands as it is.
"""
