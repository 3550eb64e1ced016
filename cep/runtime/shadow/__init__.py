"""Another version of a rule set beside the live one: what it would have told, and how that differs.

Comes in: what the live shard is given, and the alerts of both. Goes out: the shadow's alerts, and a comparison of
matches by what they bind. Costs a second shard: records are decoded for it once more. Has no say in anything else: its
late events and dead letters are only counted.
"""
