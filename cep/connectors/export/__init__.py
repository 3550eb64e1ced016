"""Records of topics copied to files, with their coordinates, so that rules run over them as over the topics.

In: a cluster behind the port, topics, bounds. Out: JSON lines, one a record (`envelope`), which `cep run` reads as a
source. Costs: some µs a record, and memory that does not grow with the topics. Does not: read what is not committed,
wait for what is written later, or leave anything out.
"""
