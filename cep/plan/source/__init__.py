"""Generated Python, one module per rule and one dispatch module per plan.

`takes` binds events to runs, `states` says where a run waits, `steps` moves the runs of one key by one event,
`windows` evaluates thresholds, `outputs` computes emit clauses, `dispatch` decides which rules an event can move.
"""
