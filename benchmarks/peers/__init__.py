"""Other engines, and loops written by hand, on the same workloads over the same files, in the same run.

python -m benchmarks.peers            everything; needs java, javac and mvn, and fetches the engines on its first run
python -m benchmarks.peers P1 P4 --peers esper,loop --events 200000
"""
