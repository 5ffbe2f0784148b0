"""The event contract: its rules as data, examples, and a plain-Python oracle."""
