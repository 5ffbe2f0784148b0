"""What DuckDB measures over raw files is what plain Python counts over the same records."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch.recount.judging import Part
from batch.recount.measures import ACCEPTED, Measures, measured
from clickledger.clock import HOUR_MS, from_epoch_ms
from clickledger.contract.oracle import judge
from clickledger.contract.rules import Reason, Rules
from clickledger.generator.events import EventGenerator
from clickledger.generator.model import Span, TrafficModel
from clickledger.ledger.positions import OffsetRange

pytestmark = pytest.mark.unit

SEED = 20260105
START_MS = 1_767_225_600_000  # 2026-01-01
RULES = Rules(max_future_ms=HOUR_MS, max_age_ms=3 * 86_400_000)
LATE_MS = (60_000, 600_000, 3_600_000, 86_400_000)  # the upper ends of the columns
TYPE_IS_TOLD = {"", "bad_device_id", "bad_time", "time_in_future", "time_too_old", "bad_click"}
Record = tuple[int, int, int, bytes | None]  # partition, offset, Kafka timestamp, value
ODD_LATENESS_MS = (-HOUR_MS, *(late + more for late in LATE_MS for more in (0, 1)), 4 * 86_400_000)


def values() -> Iterator[tuple[int, bytes | None]]:
    """(Kafka timestamp, value): a generated day, and what sits at the edges of the columns."""
    model = TrafficModel(
        seed=SEED, devices=50, late_share=0.2, duplicate_share=0.1, malformed_share=0.2
    )
    for chunk in EventGenerator(model).over(Span(START_MS, START_MS + 6 * HOUR_MS), 20_000):
        yield from zip(chunk.arrival_ms.tolist(), chunk.values, strict=True)
    arrived = START_MS + 5 * HOUR_MS + 1
    for late in ODD_LATENESS_MS:
        yield arrived, f"edge|tv|{arrived - late}|1".encode()
    for size in (1024, 1025, 1026, 1027):
        yield from ((arrived, b"\xff" * size + end) for end in (b"", b"\n", b"\r\n"))
    yield arrived, None
    yield arrived, b" blank|tv|1|1"


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """In two partitions, in any order."""
    print(f"seed {SEED}")  # noqa: T201
    chance, offsets, found = random.Random(SEED), Counter[int](), []
    for kafka_ms, value in values():
        partition = chance.randrange(2)
        found.append((partition, offsets[partition], kafka_ms, value))
        offsets[partition] += 1
    return found


@pytest.fixture(scope="module")
def files(records: list[Record], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The records as the archive holds them, in four files."""
    folder, paths = tmp_path_factory.mktemp("archive"), []
    for n in range(4):
        some = records[n::4]
        columns = {
            "partition": pa.array([record[0] for record in some], pa.int32()),
            "offset": pa.array([record[1] for record in some], pa.int64()),
            "timestamp": pa.array(
                [record[2] * 1000 for record in some], pa.timestamp("us", tz="UTC")
            ),
            "value": pa.array([record[3] for record in some], pa.binary()),
        }
        path: Path = folder / f"{n}.parquet"
        pq.write_table(pa.table(columns), path)
        paths.append(str(path))
    return paths


def by_hand(records: list[Record], cut: dict[int, int], hours_ms: list[int]) -> Measures:
    """The same in plain Python."""
    events: dict[Any, Counter[int]] = {}
    copies: dict[Any, Counter[bytes]] = {}
    arrivals: Counter[Any] = Counter()
    for partition, offset, kafka_ms, value in records:
        if offset >= cut[partition]:
            continue
        verdict = judge(value, kafka_ms, RULES)
        reason = verdict.value if isinstance(verdict, Reason) else ""
        if kafka_ms - kafka_ms % HOUR_MS in hours_ms:
            told = (value or b"").split(b"|")[1].decode() if reason in TYPE_IS_TOLD else ""
            hour = from_epoch_ms(kafka_ms - kafka_ms % HOUR_MS)
            arrivals[hour, told_type(told, reason), reason or ACCEPTED] += 1
        if (
            isinstance(verdict, Reason)
            or verdict.time_ms - verdict.time_ms % HOUR_MS not in hours_ms
        ):
            continue
        key = (from_epoch_ms(verdict.time_ms - verdict.time_ms % HOUR_MS), verdict.device_type)
        late = sum(kafka_ms - verdict.time_ms > end for end in LATE_MS)
        events.setdefault(key, Counter())[late] += 1
        copies.setdefault(key, Counter())[value or b""] += 1
    rows = [
        (*key, lates.total(), lates.total() - len(copies[key]), *(lates[n] for n in range(5)))
        for key, lates in sorted(events.items())
    ]
    return Measures(tuple(rows), tuple((*key, n) for key, n in sorted(arrivals.items())))


def part(files: list[str], cut: dict[int, int]) -> Part:
    """All of ``files`` below ``cut``."""
    spans = tuple(OffsetRange(partition, 0, end) for partition, end in sorted(cut.items()))
    return Part(RULES, tuple(files), spans)


def told_type(text: str, reason: str) -> str:
    """The type of a record that broke a rule before its type was judged, if it is a good one."""
    if reason != Reason.BAD_DEVICE_ID:
        return text
    told = judge(f"d|{text}|{START_MS}|1".encode(), START_MS, RULES)
    return "" if isinstance(told, Reason) else text


def test_as_plain_python_counts(records: list[Record], files: list[str]) -> None:
    cut = {0: 8_000, 1: 9_000}
    hours_ms = [START_MS + n * HOUR_MS for n in (-24, 0, 2, 3, 5)]
    found = measured([part(files, cut)], hours_ms)

    assert found == by_hand(records, cut, hours_ms)


def test_there_is_something_in_every_column(records: list[Record], files: list[str]) -> None:
    """Or the comparison would prove little."""
    cut = {0: 10**9, 1: 10**9}
    hours_ms = [START_MS + n * HOUR_MS for n in range(-48, 7)]
    found = measured([part(files, cut)], hours_ms)

    assert found == by_hand(records, cut, hours_ms)
    assert all(sum(row[n] for row in found.events) for n in range(2, 9))
    assert {row[2] for row in found.arrivals} == {reason.value for reason in Reason} | {ACCEPTED}


def test_files_under_other_rules_add_up(records: list[Record], files: list[str]) -> None:
    """Arrivals and events add; copies are sought among what was judged alike."""
    cut, hours_ms = {0: 10**9, 1: 10**9}, [START_MS]
    apart = measured([part(files[:2], cut), part(files[2:], cut)], hours_ms)

    together = measured([part(files, cut)], hours_ms)
    assert apart.arrivals == together.arrivals
    assert [row[2] for row in apart.events] == [row[2] for row in together.events]
