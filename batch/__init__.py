"""The batch layer: archive the raw records, recount closed hours, reconcile exactly, correct."""
