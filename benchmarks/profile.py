"""Where do the core-seconds of a drain go, in the product and in the rivals written by hand?

The product's stages are run one inside the other: reading alone, reading and judging, and so on; a
stage costs what it adds. Each runs over the same batches as a drain makes, in one warm JVM.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from benchmarks import hand_ledger, hand_loop
from benchmarks.bench_stack import BenchStack
from benchmarks.bulk_judge import judged
from benchmarks.errors import InexactError
from benchmarks.event_maker import EventMaker
from benchmarks.filled_topic import fill_topic
from benchmarks.machine import await_quiet, usage_of_tree
from benchmarks.profile_result import HANDS, StageResult
from clickledger.contract.rules import Rules
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.audit import run_audit
from clickledger.ledger.positions import OffsetRange
from clickledger.ledger.rules_versions import effective_rules
from clickledger.mysql.connection import connected
from clickledger.settings import Role, Settings
from clickledger.spark.jvm import jvm_options, start_jvm
from clickledger.spark.kafka_ranges import read_ranges
from clickledger.spark.session import consumers_closed_after, open_session
from clickledger.transforms.count import counted, keyed
from infra.steps import step
from streaming import counting, holes
from streaming.batch import CountedBatch
from streaming.sink import Sink
from streaming.transaction import commit_batch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Spans = list[OffsetRange]


@dataclass
class Meter:
    """Takes the CPU time of what runs in a block: this process, its JVM, and MariaDB."""

    stack: BenchStack
    contender: str
    devices: int
    rows: int = 0

    @contextmanager
    def __call__(
        self, stage: str, batch: int, events: int, found: list[StageResult]
    ) -> Iterator[None]:
        """Adds the result of the block to ``found``."""
        mariadb = self.stack.server_pids()["mariadb"]
        before, server = usage_of_tree(os.getpid()).cpu_s, usage_of_tree(mariadb).cpu_s
        began = time.perf_counter()
        yield
        wall_s = time.perf_counter() - began
        core_s = usage_of_tree(os.getpid()).cpu_s - before
        server_s = usage_of_tree(mariadb).cpu_s - server
        name = (self.contender, self.devices, stage, batch)
        found.append(StageResult(*name, events, core_s, server_s, wall_s, self.rows))


def profile(
    stack: BenchStack, events: int, devices: Sequence[int], seed: int, quiet_wait_s: float
) -> Iterator[StageResult]:
    """Every stage of every contender over the same events, the first pass not counted.

    Raises:
        InexactError: the books of one of them do not balance; then nothing counts.
    """
    gc.disable()  # as both loops do: it walks hundreds of thousands of messages and finds nothing
    jvm = start_jvm(jvm_options(stack.settings))
    try:
        jvm.connect()
        spark = open_session(stack.settings, **consumers_closed_after("1s"))
        for count in devices:
            maker = EventMaker(events, count, seed)
            fill_topic(stack, maker)
            for name in ("ours", *HANDS):
                with step(f"{count:,} devices: {name}"):
                    await_quiet(quiet_wait_s)
                    for _ in range(2):
                        settings = stack.fresh_deployment("profile", maker.topic)
                        meter = Meter(stack, name, count)
                        found = _one_pass(meter, settings, spark, maker)
                yield from found
    finally:
        jvm.stop()


def _one_pass(
    meter: Meter, settings: Settings, spark: SparkSession, maker: EventMaker
) -> list[StageResult]:
    if meter.contender == "hand":
        return _hand(meter, settings)
    with TopicLog(settings) as log, connected(settings, Role.STREAM) as connection:
        log_append_time = log.describe().log_append_time
        rules = effective_rules(settings, log_append_time=log_append_time)
        passed = _ours if meter.contender == "ours" else _hand_ledger
        found = passed(meter, settings, spark, rules, log, connection)
    with connected(settings, Role.READER) as connection:
        audit = run_audit(connection)
    committed = sum(each.events for each in found if each.stage == "commit")
    if not audit.ok or committed != maker.events:
        raise InexactError(f"{meter.contender}: {committed:,} events; {audit.as_dict()}")
    return found


def _ours(
    meter: Meter,
    settings: Settings,
    spark: SparkSession,
    rules: Rules,
    log: TopicLog,
    connection: Connection[Cursor],
) -> list[StageResult]:
    found: list[StageResult] = []
    writer, _ = hand_ledger.taken_over(settings, log, connection, rules)
    with closing(Sink(settings, writer)) as sink:
        sink.positions()  # the connection is not part of a commit
        for number, spans in enumerate(_batches(settings, log)):
            events = sum(map(len, spans))
            frame = read_ranges(spark, settings, spans)
            for stage, act in _acts(rules).items():
                with meter(stage, number, events, found):
                    act(frame)
            with meter("assemble", number, events, found):
                batch = _assembled(frame, rules, number, spans, log)
            meter.rows = batch.minutes.num_rows
            with meter("commit", number, events, found):
                sink.apply(batch, [])
    return found


def _batches(settings: Settings, log: TopicLog) -> Iterator[Spans]:
    """As the stream cuts a backlog: ``max_offsets_per_trigger``, the same of each partition."""
    ends = {p: each.end for p, each in log.bounds(log.describe().partitions).items()}
    share = settings.max_offsets_per_trigger // len(ends)
    for start in range(0, max(ends.values()), share):
        yield [OffsetRange(p, start, min(start + share, end)) for p, end in ends.items()]


def _acts(rules: Rules) -> dict[str, Callable[[DataFrame], object]]:
    """What is done with a batch's frame at each stage; the last expression only ends the job."""
    from pyspark.sql import functions as f

    def judge(frame: DataFrame) -> object:
        rows = keyed(frame, rules)
        used = [f.max(name) for name in ("minute_ms", "arrival_hour_ms", "kafka_time_ms")]
        return rows.agg(*used, f.count("reason"), f.count("head"), f.sum("click")).collect()

    return {
        "read": lambda frame: frame.agg(f.sum(f.length("value")), f.max("offset")).collect(),
        "judge": judge,
        "group": lambda frame: counted(frame, rules).agg(f.sum("records")).collect(),
        "collect": lambda frame: counting.counted_groups(frame, rules),
    }


def _assembled(
    frame: DataFrame, rules: Rules, number: int, spans: Spans, log: TopicLog
) -> CountedBatch:
    groups = counting.counted_groups(frame, rules)
    totals = counting.partition_totals(groups)
    last = holes.settle(log, spans, totals, holes.last_identities(log, spans))
    return counting.assemble(number, spans, groups, totals, last)


def _hand(meter: Meter, settings: Settings) -> list[StageResult]:
    found: list[StageResult] = []
    tuning = hand_loop.Tuning()
    source = hand_loop.batches(settings, tuning)
    with connected(settings, Role.STREAM) as connection:
        number = 0
        while True:
            with meter("read", number, tuning.batch, found):
                lines = next(source, None)
            if lines is None:
                return found[:-1]
            with meter("count", number, tuning.batch, found):
                groups = hand_loop.count(lines)
            meter.rows = groups.height
            with meter("commit", number, tuning.batch, found):
                hand_loop.write(connection, groups, tuning.rows)
            number += 1


def _hand_ledger(
    meter: Meter,
    settings: Settings,
    spark: SparkSession,
    rules: Rules,
    log: TopicLog,
    connection: Connection[Cursor],
) -> list[StageResult]:
    found: list[StageResult] = []
    tuning = hand_loop.Tuning()
    writer, starts = hand_ledger.taken_over(settings, log, connection, rules)
    ends = {partition: each.end for partition, each in log.bounds(starts).items()}
    source = hand_ledger.batches(settings, starts, ends, tuning)
    number = 0
    while True:
        with meter("read", number, tuning.batch, found):
            each = next(source, None)
        if each is None:
            return found[:-1]
        span, parts, last = each
        with meter("judge and group", number, len(span), found):
            result = judged(parts, rules)
        meter.rows = result.minutes.num_rows
        with meter("commit", number, len(span), found):
            commit_batch(connection, writer, hand_ledger.counted(number, span, result, last), [])
        number += 1
