"""Speed, memory and start-up of `cep run` on four workloads, beside the floor of reading and decoding alone.

python -m benchmarks            everything, over two million events made on the first run
python -m benchmarks P1 --events 200000
"""
