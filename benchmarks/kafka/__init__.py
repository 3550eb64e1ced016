"""A job over a real broker, measured: `python -m benchmarks.kafka figures`, and `soak`.

Needs Java 17 and Maven, which fetches Kafka on the first run. Figures go to `var/bench/kafka.json` and
`var/bench/kafka_soak.json`; `python -m benchmarks.report var/bench` puts them into docs/benchmarks.md.
"""
