"""The archive: raw records in segments that are claimed, listed and hashed (protocol P5)."""
