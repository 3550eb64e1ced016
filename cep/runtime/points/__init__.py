"""Recorded points: where a run took which rules, and where time moved without a record. A replay needs them.

Comes in: versions of the rules with the positions at which they were taken, and the steps of a shard. Goes out: a file
of checksummed entries (`log`), which is only written behind its end and cut back to what a snapshot knows; and the
same alerts again, from the beginning of the inputs (`replay`). Costs a write for each version and step; records cost
nothing. Does not hold the inputs.
"""
