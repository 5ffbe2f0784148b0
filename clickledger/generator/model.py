"""What the made-up traffic is like: sizes and shares, each with a bound."""

from dataclasses import dataclass

from clickledger.contract.rules import Rules
from clickledger.errors import UsageError

# Shares of devices, not of clicks: those follow from which devices are the busy ones.
DEVICE_TYPES = (
    ("mobile", 0.55),
    ("desktop", 0.27),
    ("tablet", 0.09),
    ("tv", 0.05),
    ("watch", 0.03),
    ("konsole-ü", 0.01),  # the set of types is open, and not all of it is ASCII
)
FIRST_MS, END_MS = Rules.time_min_ms, Rules.time_max_ms  # 2000-01-01, 2100-01-01
MAX_DEVICES = 10_000_000


@dataclass(frozen=True)
class TrafficModel:
    """Shares are of all events, each in 0..1.

    Raises:
        UsageError: a value is out of its bounds.
    """

    seed: int = 1
    devices: int = 1_000
    zipf_exponent: float = 1.1  # of the device weights: the busiest of 1,000 makes 1 event in 6
    late_share: float = 0.02  # minutes to a month late; every other event is seconds late
    duplicate_share: float = 0.005  # exact copies of an event up to 200 before
    malformed_share: float = 0.005
    unusual_share: float = 0.005  # valid, but not as a simple parser expects it

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise UsageError("The seed must not be negative.")
        if not 1 <= self.devices <= MAX_DEVICES:
            raise UsageError(f"The number of devices must be 1 to {MAX_DEVICES:,}.")
        if not 0 <= self.zipf_exponent <= 5:
            raise UsageError("The Zipf exponent must be 0 (all alike) to 5.")
        shares = ("late_share", "duplicate_share", "malformed_share", "unusual_share")
        for name in shares:
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"The {name.replace('_', ' ')} must be 0 to 1.")
        if self.malformed_share + self.unusual_share > 1:
            raise UsageError("The malformed and the unusual share are more than 1 together.")


@dataclass(frozen=True)
class Span:
    """The event times ``start_ms <= time < end_ms``, in epoch milliseconds."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if not FIRST_MS <= self.start_ms < self.end_ms <= END_MS:
            raise UsageError(
                "The event times must begin before they end, between 2000-01-01 and 2100-01-01."
            )
