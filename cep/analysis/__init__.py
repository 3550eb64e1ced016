"""Looking at rules without running them: explain, lint."""
