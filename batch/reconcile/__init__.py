"""Reconcile what is due: the recount beside the stream, corrected, marked, written down."""
