"""What a job relies on in Kafka, written once against the port: run on the simulated Kafka and on a real broker.

Scenarios take a `Stage` and say nothing of which of the two it is. What surprises on the real one is added to the
simulated one.
"""
