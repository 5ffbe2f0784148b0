"""The ``clickledger`` command."""
