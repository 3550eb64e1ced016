"""The canonical layout of a rule file.

In: a text that parses, and its tree. Out: lines. Structure comes from the tree, every token and comment from the text,
so that numbers, parentheses and quotes stay as written. Does not: change what a file means, or look at types.
"""
