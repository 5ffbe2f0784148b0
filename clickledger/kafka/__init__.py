"""Access to Kafka outside Spark: clients, topics, and what the log holds."""
