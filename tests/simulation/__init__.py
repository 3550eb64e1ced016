"""A worker over a simulated Kafka, broken off at every point: nothing lost, nothing made up."""
