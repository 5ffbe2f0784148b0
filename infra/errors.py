"""What can go wrong with the stack itself."""

from clickledger.errors import ClickledgerError


class StackError(ClickledgerError):
    """A program of the stack did not come up, or did not end."""
