"""Plan and events in order to detections.

In: a `Plan` and records in event-time order. Out: `Detection`s. Costs: what the moved runs cost.
Does not: read clocks, decode, order, write; knows nothing of files or Kafka.
"""
