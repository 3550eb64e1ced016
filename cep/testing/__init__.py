"""Rule tests in virtual time: `run_tests` runs `test` blocks through the shard and gives results as values.

`selection` picks tests by `-k`; `text_report`, `json_report` and `junit_report` render results and do nothing else.
"""
