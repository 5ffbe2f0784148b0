"""Time at the border to MySQL: UTC without a zone there, epoch milliseconds elsewhere."""

from datetime import UTC, datetime, timedelta, tzinfo

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - DATETIME columns are UTC without a zone
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


def from_epoch_ms(milliseconds: int) -> datetime:
    """The ``DATETIME`` value, UTC without a zone, of epoch milliseconds."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def to_epoch_ms(moment: datetime) -> int:
    """Epoch milliseconds of a ``DATETIME`` value."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def utc_text(moment: datetime) -> str:
    """A ``DATETIME`` value in ISO 8601 with its Z; to the millisecond where it is not whole."""
    return f"{_to_its_last_digit(moment)}Z"


def zoned_text(moment: datetime, zone: tzinfo) -> str:
    """A ``DATETIME`` value in ISO 8601, in ``zone`` and with its offset."""
    return _to_its_last_digit(moment.replace(tzinfo=UTC).astimezone(zone))


def _to_its_last_digit(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def milliseconds_between(first: datetime | None, last: datetime | None) -> int | None:
    """From one to the other; ``None`` when one of them is not known."""
    return round((last - first).total_seconds() * 1000) if first and last else None


def utc_now() -> datetime:
    """Now as a ``DATETIME`` value."""
    return datetime.now(UTC).replace(tzinfo=None)
