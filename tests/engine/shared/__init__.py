"""Rules kept as a shared structure: the same answers as run by run, and as the reference matcher gives, for less."""
