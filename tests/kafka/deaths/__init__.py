"""Workers over a real broker, killed in every way until the job is done: `python -m tests.kafka.deaths --count 20`.

`feed` is what they read, `kinds` how they die, `played` one job from its first record to its verdict, `expected` what
has to be there in the end, `log` the record of all jobs so far, which adds up in `tests/kafka/deaths.jsonl`.
"""
