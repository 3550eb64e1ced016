"""What an edited rule changes in meaning, as data: two checked rules in, edits with their verdicts out.

A verdict says what becomes of the partial matches that are open when a rule set takes the place of an older one. Many
depend on how far these have come, so that an edit carries two: one if no open partial match has reached the place of
the edit, and one if some have (`Reach`). Who holds the state decides between them (`cep.runtime.changeover`).

Nothing here knows state. The cost is a walk over both rules.
"""
