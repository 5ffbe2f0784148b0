"""Which partition a value goes to: always the same one for the same place or content."""

from collections.abc import Callable
from enum import StrEnum
from zlib import crc32

# (number of the value, from 1; the value; number of partitions) -> partition
PartitionChoice = Callable[[int, bytes, int], int]


class PartitionBy(StrEnum):
    """The ways to choose."""

    ROUND_ROBIN = "round-robin"
    LINE = "line"
    DEVICE = "device"


def partition_choice(by: PartitionBy) -> PartitionChoice:
    """The function of a way."""
    return {
        PartitionBy.ROUND_ROBIN: round_robin,
        PartitionBy.LINE: by_line,
        PartitionBy.DEVICE: by_device,
    }[by]


def round_robin(number: int, value: bytes, partitions: int) -> int:
    """One after the other: even to within one value."""
    return (number - 1) % partitions


def by_line(number: int, value: bytes, partitions: int) -> int:
    """By the whole value: equal values meet in one partition."""
    return crc32(value) % partitions


def by_device(number: int, value: bytes, partitions: int) -> int:
    """By what stands before the first delimiter: a device's events keep their order."""
    return crc32(value.partition(b"|")[0]) % partitions
