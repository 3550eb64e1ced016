"""A real Apache Kafka broker for tests, on loopback, stopped when nobody uses it any more.

Needs a Java runtime of version 17 or later and Maven, which fetches Kafka into `var/kafka` on the first run.
"""
