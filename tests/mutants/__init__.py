"""The net itself under test: small slips in the engine, each of which the generated pairs must catch.

`python -m tests.mutants [--only NAME] [--pairs 5000] [--jobs 2]`. In: the mutants listed in `matching`, `selecting`,
`planning`, `generating` and `restoring`. Out: for each the first seed on which the spoilt engine parts from the oracle
(or from its own run without restarts), kept in `caught.json`. A mutant that no seed catches fails the run.
"""
