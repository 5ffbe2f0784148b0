"""The ledger: which offsets have been applied, and the proof that the books balance."""
