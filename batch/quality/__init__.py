"""Judging built days: what is expected of a day's figures, run by Great Expectations."""
