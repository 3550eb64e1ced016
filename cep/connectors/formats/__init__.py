"""Formats of records in topics, read into JSON objects, the form in which a shard takes records.

In: a record's value and headers. Out: a JSON object, or the reason why there is none, or that a schema has to be known
first. So everything behind it (state, alerts, redaction, a file that the records were copied to) is the same whatever
the format. Costs: see docs/benchmarks.md. Does not: look at what the rules declare, but for the forms of times.
"""
