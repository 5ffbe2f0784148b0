"""The words of ``stream_slots``: what is wanted of a driver's place, and how far its driver is."""

from enum import StrEnum

SLOTS = ("a", "b")


class Wanted(StrEnum):
    """What the lifecycle's verbs decide about a slot."""

    STOPPED = "stopped"
    STANDBY = "standby"
    WRITER = "writer"


class SlotState(StrEnum):
    """How far the driver in a slot has come, in its own words."""

    STARTING = "starting"
    WARMING = "warming"  # Spark is up, the shadow recount runs
    WARM = "warm"  # follows the writer, ready to take over
    WRITING = "writing"
    DRAINED = "drained"  # commits nothing any more, its process still ends
    ENDED = "ended"


AT_REST = {SlotState.DRAINED, SlotState.ENDED}
