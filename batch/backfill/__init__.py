"""Gaps of the ledger closed with records that were found again."""
