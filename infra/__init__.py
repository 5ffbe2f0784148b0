"""The embedded stack: what ``make up`` makes, starts, watches and stops.

``bootstrap``, ``preflight`` and what they import run before the environment exists: standard
library only.
"""
