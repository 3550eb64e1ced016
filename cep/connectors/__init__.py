"""Files and pipes at both ends of a run, and the job file that names them.

In: paths, standard input, a job's YAML. Out: feeds of raw records with coordinates, open sinks for lines, the values of
params and lists. Costs: reading and splitting take less than 0.1 µs an event, CSV and Parquet rows a few µs, since they
become JSON. Does not: decode events, judge times, match (Kafka will be a module of its own).
"""
