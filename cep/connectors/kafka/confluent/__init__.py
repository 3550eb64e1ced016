"""Kafka by librdkafka (confluent-kafka 2.5 or later), behind the port. Needs the extra `kafka`.

In: the port's calls, and librdkafka's properties as they are. Out: records column by column, failures by what they ask
for. Costs: about 0.5 µs a record above what the client's own objects take. Does not: retry, decide, keep any state.
"""

from cep.connectors.kafka.confluent.cluster import Librdkafka

__all__ = ["Librdkafka"]
