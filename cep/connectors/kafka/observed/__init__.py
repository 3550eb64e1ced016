"""A worker's numbers, seen at its port to Kafka.

In: the calls that a worker makes, which are handed on as they are. Out: what happened and how long it took (`Course`).
The worker knows nothing of it. Nothing is done per record; of each poll a few timestamps are kept until its offsets are
committed.
"""
