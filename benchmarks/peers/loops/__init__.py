"""What a Python program for one workload alone would be: a loop over decoded events with a dict of users.

python -m benchmarks.peers.loops P1 EVENTS MATCHES [--arrival]
"""
