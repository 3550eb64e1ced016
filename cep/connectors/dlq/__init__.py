"""What lies in a dead-letter topic or file: looked through, and written back into the topics that it came from.

In: dead letters as a job writes them (`runtime/dead_letters.py`). Out: groups, single letters, replays. Costs: one pass
over the dead letters, and for a replay one look at each record where it lies. Does not: mend records, or decide that
they are mended.
"""
