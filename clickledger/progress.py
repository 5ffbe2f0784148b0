"""How long work tells how far it has come."""

from collections.abc import Callable

# (how many are done, share of the whole that is done, or None)
OnProgress = Callable[[int, float | None], None]
