"""The speed layer: one Spark Structured Streaming driver that writes MySQL exactly once."""
