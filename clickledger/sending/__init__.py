"""The producer's side of Kafka: values sent unchanged, acknowledged, paced, and resumable."""
