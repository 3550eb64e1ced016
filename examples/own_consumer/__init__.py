"""One rule as a plain consumer, and what becomes of its alerts when it is killed."""
