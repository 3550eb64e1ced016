"""Checking: from the syntax tree of files to the resolved model.

`catalog` and `declarations` say what names a file sees; `scope` and `names` what a name means at one place of a rule;
`expressions` and its neighbours type and resolve expressions; `patterns`, `structure`, `bounds` and `clauses` check
one rule; `rule_tests` its tests. Nothing here reads files (see `language.load`) or formats messages (`render`).
"""
