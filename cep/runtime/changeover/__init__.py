"""State under edited rules: what becomes of each rule's open partial matches, and how it is brought about.

Comes in: a shard of the rules as they are now, and the parts of a snapshot that others have made. The snapshot holds
the texts of those rules, with their params and lists (`archive`), so that they can be compiled and run again. Goes out:
a verdict for each rule (`report`), the parts as the new rules read them, and old versions that finish what they have
begun beside the new ones (`retired`). Costs a check and a plan of the old rules that differ, and nothing where none do.
"""
