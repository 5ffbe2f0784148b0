"""From a figure to its raw records, and back."""
