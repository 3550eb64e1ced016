"""Speed, memory and start-up of `cep`, a suite for each question, each measurement in a process of its own.

python -m benchmarks                       every suite, a few minutes
python -m benchmarks workloads windows     some of them
python -m benchmarks rules --scale 0.1 --repeat 1
python -m benchmarks.peers                 beside other engines; see there
python -m benchmarks.report                writes the figures into docs/benchmarks.md
"""
