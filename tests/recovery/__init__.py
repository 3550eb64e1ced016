"""Runs that are cut off anywhere, on a simulated disk and as real processes."""
