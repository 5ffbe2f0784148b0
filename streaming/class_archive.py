"""Make the class data sharing archive that halves the driver's start.

A training run loads what the driver loads: a session, the Kafka source, both counting plans. It
only reads Kafka, writes nothing to MySQL, and takes about 25 s of one core, once per Java and jars.
Run as ``python -m streaming.class_archive``.
"""

import logging
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clickledger.contract.rules import CONTRACTS
from clickledger.errors import ClickledgerError
from clickledger.settings import Settings, load_settings
from streaming import counting
from streaming.jvm import start_jvm
from streaming.kafka_source import read_stream
from streaming.logs import configure_logging
from streaming.session import open_session
from streaming.starting import jvm_options

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("streaming.class_archive")
TRAINING_TIMEOUT_S = 120


def make_archive(settings: Settings) -> Path:
    """The archive's path; made now unless it is there."""
    options = jvm_options(settings)
    assert options.archive is not None  # noqa: S101 - jvm_options always names one
    if options.archive.exists():
        return options.archive
    unfinished = options.archive.with_suffix(f".{os.getpid()}")
    jvm = start_jvm(replace(options, archive=None, dump_archive=unfinished))
    try:
        jvm.connect()
        _train(settings)
    finally:
        jvm.stop(timeout_s=TRAINING_TIMEOUT_S)  # the archive is written at exit
    unfinished.rename(options.archive)
    for old in options.archive.parent.glob("driver-*.jsa"):
        if old != options.archive:
            old.unlink()
    return options.archive


def _train(settings: Settings) -> None:
    rules = CONTRACTS[max(CONTRACTS)]

    def count(frame: "DataFrame", batch_id: int) -> None:
        counting.judged_rows(frame, rules)
        counting.counted_groups(frame, rules)

    spark = open_session(settings)
    with tempfile.TemporaryDirectory(prefix="clickledger-train-") as folder:
        query = (
            read_stream(spark, settings, {})
            .writeStream.foreachBatch(count)
            .option("checkpointLocation", folder)
            .option("maxOffsetsPerTrigger", "1000")
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination(TRAINING_TIMEOUT_S)
        query.stop()
    spark.stop()


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
