"""Records to alerts: decoding, event-time order, watermarks, lateness, the shard, alerts, snapshots.

In: raw records with coordinates. Out: alerts, late events, dead letters. Does not: open files or sockets.
"""
