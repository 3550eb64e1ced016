"""What checks of files came to, kept in the user's cache folder, so that an unchanged file is not read again.

In: the outcome of a check of one file without errors. Out: the same outcome, for the same text under the same name with
the same imports, read by the same code. Costs: a file of some kilobytes for each rule file, 64 MiB in all; a hit takes
a few microseconds for each rule, and as many for each node of its model once that is asked for.
Does not: keep anything of files with errors; trust what others could have written.
"""
