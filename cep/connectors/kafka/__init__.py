"""Kafka in, alerts out.

A worker reads the partitions it owns, runs a shard for each partition number, and writes what comes of them in
transactions. It speaks to Kafka through one port (`port.py`), behind which stands librdkafka (`confluent`) or a
simulated Kafka (`cep.testing`).
"""
