"""Where records come from and alerts go to: files and standard input (Kafka in its own module)."""
