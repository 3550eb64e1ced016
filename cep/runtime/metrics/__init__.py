"""What a run tells of itself while it runs: numbers for a monitoring system, and whether it is alive and ready.

In: what shards, outputs and connectors count anyway. Out: readings, each of one moment. A reading is made by the loop
of the run, between two rounds, when one was asked for; nothing is counted per event for it. Here is no format and no
server (`cep.connectors.metrics`).
"""
