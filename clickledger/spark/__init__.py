"""Spark for every layer: its JVM, its session, Kafka ranges as a DataFrame."""
