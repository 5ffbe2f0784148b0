"""Who is writing: the identity that every committed range carries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Writer:
    """This driver's claim: what it took over as, and what it runs."""

    topic: str
    topic_id: str
    epoch: int
    owner: str  # UUID of this process; two processes never share one
    generation: str  # UUID of the checkpoint directory
    rules_version: int
    release: str
    code_fingerprint: str
