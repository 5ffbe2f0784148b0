"""What may be deleted, by age: listed first, then deleted if it still may be (P8, ADR 12)."""
