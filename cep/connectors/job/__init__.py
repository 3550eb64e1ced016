"""The job file: which rules run over which sources, and where the results go.

In: YAML text. Out: a `Job`, or diagnostics with places. Does not: open sources or sinks, read rules.
"""
