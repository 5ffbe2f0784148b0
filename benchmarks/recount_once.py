"""``python -m benchmarks.recount_once prepare|spark|duckdb FILE``: count an archive repeatedly.

``prepare`` finds where the events lie, proves the files, and writes that to FILE: it is no part of
a count. The others print for each time how long it took and what it came to.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import pickle
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa

from batch.due import EVER
from batch.recount.by_duckdb import counted_by_duckdb
from batch.recount.by_spark import recounted
from batch.recount.judging import Part
from batch.recount.sources import Archive
from batch.spark import batch_session
from benchmarks.machine import usage_of_tree
from clickledger.clock import to_epoch_ms
from clickledger.ledger.positions import next_offsets, read_positions
from clickledger.mysql.connection import connected, fetch_all
from clickledger.mysql.statements import statement
from clickledger.settings import Role, Settings, load_settings

Count = Callable[[], pa.Table]
Found = tuple[list[Part], list[int]]  # where the events lie, and of which hours they are, epoch ms
PREPARE, SPARK, DUCKDB = "prepare", "spark", "duckdb"


def main() -> None:
    """Topic and database come from the environment, as the product's do."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recount_once")
    parser.add_argument("what", choices=(PREPARE, SPARK, DUCKDB))
    parser.add_argument("file", type=Path)
    parser.add_argument("--times", type=int, default=3)
    arguments = parser.parse_args()
    settings = load_settings()
    if arguments.what == PREPARE:
        arguments.file.write_bytes(pickle.dumps(_found(settings)))
        print("{}")
        return
    parts, hours_ms = pickle.loads(arguments.file.read_bytes())  # noqa: S301 - our own file
    with contextlib.ExitStack() as stack:
        count: Count = partial(counted_by_duckdb, parts, hours_ms)
        began = time.perf_counter()
        if arguments.what == SPARK:
            spark = stack.enter_context(batch_session(settings))
            count = partial(recounted, spark, parts, hours_ms)
        session_s = time.perf_counter() - began
        told = {"session_s": session_s, "times": list(_timed(count, arguments.times))}
    print(json.dumps(told))


def _found(settings: Settings) -> Found:
    with (
        batch_session(settings) as spark,
        connected(settings, Role.BATCH) as connection,
    ):
        cut = next_offsets(read_positions(connection, settings.topic))
        rows = fetch_all(connection, statement("batch/known_hours"), EVER)
        hours = sorted(row["hour"] for row in rows)
        sources = Archive(spark, settings).sources(connection, cut, hours)
    return [part for each in sources for part in each.parts], list(map(to_epoch_ms, hours))


def _timed(count: Count, times: int) -> Iterator[dict[str, object]]:
    for _ in range(times):
        core_s, began = usage_of_tree(os.getpid()).cpu_s, time.perf_counter()
        minutes = count()
        wall_s = time.perf_counter() - began
        yield {
            "wall_s": wall_s,
            "core_s": usage_of_tree(os.getpid()).cpu_s - core_s,
            "rows": minutes.num_rows,
            "digest": _digest(minutes),
        }


def _digest(minutes: pa.Table) -> str:
    """Of the rows in the order of their keys."""
    order = [(name, "ascending") for name in minutes.column_names]
    hashed = hashlib.sha256()
    for batch in minutes.sort_by(order).combine_chunks().to_batches():
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            hashed.update(repr(row).encode())
    return hashed.hexdigest()


if __name__ == "__main__":
    main()
