"""Rules whose partial matches act alike, kept as a graph of events and what may precede them.

In: the fits of an event, as bits by step. Out: matches, one after the other, as they are read. Costs: for an event what
the stages and links of the rule cost, however many partial matches are open; for the matches that an event completes,
once the events that are part of one, and then what is told. Does not: look at single partial matches.

The idea is that of tECS, the time-ordered enumerable compact sets of CORE (Bucchi, Grez, Quintana, Riveros,
Vansummeren: CORE: a Complex Event Recognition Engine, VLDB 2022).
"""
