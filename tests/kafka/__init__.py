"""What `cep` does over Kafka: against a real broker (marker `kafka`), and what needs none."""
