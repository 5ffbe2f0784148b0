"""Airflow as programs of the stack: its home, its metadata, and its buttons as a client."""
