"""The shared core: contract, settings, errors, MySQL and Kafka access, pure Spark transforms."""
