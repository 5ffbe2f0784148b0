"""Make the class data sharing archive that halves the driver's start.

A training run loads what the driver loads: a session, the Kafka source, both counting plans; and
files as the batch layer writes and reads them. It only reads Kafka, writes nothing to MySQL, and
takes about 30 s of one core, once per Java and jars.
Run as ``python -m streaming.class_archive``.
"""

import fcntl
import logging
import os
import signal
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clickledger.contract.rules import CONTRACTS
from clickledger.errors import ClickledgerError
from clickledger.kafka.start_checks import read_log
from clickledger.kafka.topic_log import TopicLog
from clickledger.settings import Settings, load_settings
from clickledger.spark.jvm import Jvm, JvmOptions, jvm_options, start_jvm
from clickledger.spark.session import open_session
from streaming import counting
from streaming.kafka_source import read_stream
from streaming.logs import configure_logging

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("streaming.class_archive")
LOCK = ".class-archive.lock"
EXIT_TIMEOUT_S = 120
KEPT = 2
FIRST_BATCH_TIMEOUT_S = 120  # at a low priority, on a machine that has just started everything
FIRST_LOOK_S = 5  # at an empty topic
TRAINING_RECORDS = 1000
A_RECORD = (
    "0 AS partition",
    "id AS offset",
    "current_timestamp() AS timestamp",
    "CAST('d|mobile|1420070400000|1' AS BINARY) AS value",
)


def make_archive(settings: Settings) -> Path:
    """The archive's path; made now unless it is there. Of two at once, one waits for the other."""
    options = jvm_options(settings)
    assert options.archive is not None  # noqa: S101 - jvm_options always names one
    with (options.archive.parent / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not options.archive.exists():
            _make(settings, options, options.archive)
    return options.archive


def _make(settings: Settings, options: JvmOptions, archive: Path) -> None:
    unfinished = archive.with_suffix(f".{os.getpid()}")
    jvm = start_jvm(replace(options, archive=None, dump_archive=unfinished))
    _end_together(jvm)
    try:
        jvm.connect()
        _train(settings)
        jvm.stop(timeout_s=EXIT_TIMEOUT_S)  # the archive is written at exit
        unfinished.rename(archive)
    finally:
        jvm.stop(timeout_s=0)
        unfinished.unlink(missing_ok=True)
    _drop_oldest(archive.parent)


def _drop_oldest(folder: Path) -> None:
    """All but two: whoever rolls back to another Spark wants to start as fast."""
    made = sorted(folder.glob("driver-*.jsa"), key=lambda path: path.stat().st_mtime)
    for old in made[:-KEPT]:
        old.unlink(missing_ok=True)


def _end_together(jvm: Jvm) -> None:
    """A wish to end ends the JVM at once: it would write a useless archive for many seconds."""

    def end(*_: object) -> None:
        jvm.process.kill()
        raise SystemExit(1)

    signal.signal(signal.SIGTERM, end)


def _train(settings: Settings) -> None:
    spark = open_session(settings)
    _count(spark.range(1).selectExpr(*A_RECORD))
    few = settings.model_copy(update={"max_offsets_per_trigger": TRAINING_RECORDS})
    counted = threading.Event()

    def count(frame: "DataFrame", batch_id: int) -> None:
        _count(frame)
        counted.set()

    with tempfile.TemporaryDirectory(prefix="clickledger-train-") as folder:
        query = (
            read_stream(spark, few, {})
            .writeStream.foreachBatch(count)
            .option("checkpointLocation", folder)
            .start()
        )
        # Not in mid batch: Spark would look for its cause with an expression that overflows.
        counted.wait(FIRST_BATCH_TIMEOUT_S if _holds_records(settings) else FIRST_LOOK_S)
        query.stop()
        files = f"{folder}/files"
        spark.range(1).selectExpr(*A_RECORD).write.parquet(files)
        _count(spark.read.parquet(files))
    spark.stop()


def _holds_records(settings: Settings) -> bool:
    with TopicLog(settings) as log_:
        return any(bounds.end > bounds.start for bounds in read_log(log_).bounds.values())


def _count(frame: "DataFrame") -> None:
    rules = CONTRACTS[max(CONTRACTS)]
    counting.judged_rows(frame, rules)
    counting.counted_groups(frame, rules)


def main() -> int:
    """Exit code 0 when the archive is there."""
    try:
        settings = load_settings()
        configure_logging(settings.log_format)
        log.info("archive: %s", make_archive(settings).name)
    except ClickledgerError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
