"""Alerts of a topic to a web address, each at least once.

In: a topic of alerts, read as a member of a group. Out: POST requests that bear the alert as it stands there, signed,
with a key by which the receiver keeps each once. Offsets are committed behind what was delivered or refused for good.
Costs: a thread for each request that is under way. Does not: change alerts, or give up on a receiver that is away.
"""
