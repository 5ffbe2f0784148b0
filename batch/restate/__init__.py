"""Hours counted again by other rules or other code, when a person asks for it."""
