"""Looking at rules without running them: what a plan costs and keeps, in words, and what it looks like.

In goes a checked rule set and the name of a rule; out come values (`explanation.py`, `graph.py`) that renderers write
as text, JSON, SVG, Mermaid or plain text. Costs one compilation of one rule; no event is read.
"""
