"""How long does a batch take whose rows lie in very many minutes, as after a long outage?"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.random import PCG64, Generator

from benchmarks.errors import InexactError
from benchmarks.event_maker import EventMaker
from benchmarks.figures import median, shown, table
from benchmarks.machine import await_quiet
from clickledger.clock import MINUTE_MS
from clickledger.contract.rules import CONTRACTS
from clickledger.ledger.audit import run_audit
from clickledger.ledger.fence import take_fence
from clickledger.ledger.positions import OffsetRange, RecordIdentity
from clickledger.ledger.rules_versions import register_rules
from clickledger.mysql.connection import connected
from clickledger.release import code_fingerprint
from clickledger.settings import Role, Settings
from infra.steps import step
from streaming.batch import CountedBatch, PartitionCount
from streaming.sink import Sink
from streaming.writer import Writer

ROWS, MINUTES = 50_000, 30_000
DEVICES = 20_000
TARGET_S = 2.0
FIRST_MS = 1_764_547_200_000  # 2025-12-01 00:00 UTC
CASES = ("all keys new", "half of them new", "no key new")


@dataclass(frozen=True)
class ScatterResult:
    """One commit."""

    server: str
    case: str
    round: int
    rows: int
    minutes: int
    type_rows: int
    commit_s: float


def scatter(
    server: str, settings: Settings, rounds: int, seed: int, quiet_wait_s: float
) -> Iterator[ScatterResult]:
    """Every case, ``rounds`` times, into a growing table of a new database.

    Raises:
        InexactError: the books do not balance afterwards.
    """
    random = Generator(PCG64(seed))
    with closing(Sink(settings, _writer(settings))) as sink:
        sink.positions()  # the connection is not part of a commit
        applied = 0
        for number in range(1, rounds + 1):
            for case, minutes in zip(CASES, _cases(random, number), strict=True):
                with step(f"{server}: {case}, round {number}") as said:
                    await_quiet(quiet_wait_s)
                    result = _commit(sink, minutes, applied, (server, case, number))
                    said.outcome = f"{result.commit_s:.2f} s"
                applied += minutes.num_rows
                yield result
    with connected(settings, Role.READER) as connection:
        audit = run_audit(connection)
    if not audit.ok:
        raise InexactError(f"The books on {server} do not balance: {audit.as_dict()}")


def _commit(
    sink: Sink, minutes: pa.Table, applied: int, which: tuple[str, str, int]
) -> ScatterResult:
    batch = _batch(minutes, applied)
    began = time.perf_counter()
    sink.apply(batch, [])
    seconds = time.perf_counter() - began
    different = minutes["minute_ms"].unique()
    types = minutes.group_by(["minute_ms", "device_type"]).aggregate([])
    return ScatterResult(*which, minutes.num_rows, len(different), types.num_rows, seconds)


def _cases(random: Generator, number: int) -> Iterator[pa.Table]:
    """The rows of each case, which build on one another."""
    first = _keys(random, f"{number}a")
    yield _sorted(first)
    other = _keys(random, f"{number}b")
    keep = pa.array(np.arange(ROWS) % 2 == 0)
    mixed = pa.concat_tables([first.filter(keep), other.slice(0, ROWS // 2)])
    yield _sorted(mixed)
    yield _sorted(first)


def _keys(random: Generator, mark: str) -> pa.Table:
    """``ROWS`` keys in ``MINUTES`` minutes: each minute once, then as chance wills."""
    heads = [head.decode().split("|") for head in EventMaker(1, DEVICES).heads()]
    minute = np.concatenate([np.arange(MINUTES), random.integers(0, MINUTES, ROWS - MINUTES)])
    random.shuffle(minute)
    chosen = [heads[index] for index in random.integers(0, DEVICES, ROWS).tolist()]
    # The row's number makes the key unique: a device may be drawn twice in a minute.
    ids = [f"{head[0]}-{mark}{row}" for row, head in enumerate(chosen)]
    return pa.table(
        {
            "minute_ms": FIRST_MS + minute * MINUTE_MS,
            "device_type": [head[1] for head in chosen],
            "device_id": ids,
            "clicks": np.ones(ROWS, np.int64),
            "events": np.ones(ROWS, np.int64),
        }
    )


def _sorted(rows: pa.Table) -> pa.Table:
    keys = ("minute_ms", "device_type", "device_id")
    return rows.sort_by([(name, "ascending") for name in keys])


def _batch(minutes: pa.Table, start: int) -> CountedBatch:
    end = start + minutes.num_rows
    first_ms, last_ms = minutes["minute_ms"][0].as_py(), minutes["minute_ms"][-1].as_py()
    part = PartitionCount(
        span=OffsetRange(0, start, end),
        records=minutes.num_rows,
        accepted=minutes.num_rows,
        rejected=0,
        clicks=minutes.num_rows,
        event_time_min_ms=first_ms,
        event_time_max_ms=last_ms,
        kafka_time_min_ms=last_ms,
        kafka_time_max_ms=last_ms,
        last=RecordIdentity(end - 1, 0, last_ms, bytes(32)),
    )
    hours, reasons = pa.array([], pa.int64()), pa.array([], pa.string())
    rejected = pa.table({"arrival_hour_ms": hours, "reason": reasons, "rejected": hours})
    return CountedBatch(start // ROWS, (part,), minutes, rejected, minutes.num_rows)


def _writer(settings: Settings) -> Writer:
    owner = str(uuid.uuid4())
    with connected(settings, Role.STREAM) as connection:
        return Writer(
            topic="scatter",
            topic_id=str(uuid.uuid4()),
            epoch=take_fence(connection, owner),
            owner=owner,
            generation=str(uuid.uuid4()),
            rules_version=register_rules(connection, CONTRACTS[max(CONTRACTS)]),
            release="benchmark",
            code_fingerprint=code_fingerprint(),
        )


def page(results: Sequence[ScatterResult]) -> str:
    """Medians by server and case."""
    rows = []
    for server, case in dict.fromkeys((each.server, each.case) for each in results):
        own = [each for each in results if (each.server, each.case) == (server, case)]
        seconds = [each.commit_s for each in own]
        within = "yes" if max(seconds) <= TARGET_S else "NO"
        every = " ".join(f"{each:.2f}" for each in seconds)
        rows.append([server, case, str(own[0].type_rows), shown(median(seconds)), every, within])
    header = ("server", "case", "type rows", "median, s", "each, s", f"within {TARGET_S:g} s")
    return (
        f"One batch of {ROWS:,} rows in {MINUTES:,} minutes ({MINUTES // 60} hours), committed by"
        " the product's own transaction; the table grows from round to round. The audit is clean"
        f" afterwards.\n\n{table(header, rows)}"
    )
