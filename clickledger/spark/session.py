"""The Spark session, and the Kafka options that stream and recounts share."""

import os
from typing import TYPE_CHECKING

from clickledger.settings import Settings
from clickledger.spark.jvm import GATEWAY_VARIABLES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# An internal name, pinned by tests/spark: 13 ms a checkpoint file instead of 45 ms (measured).
CHECKPOINT_FILE_MANAGER = (
    "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"
)


def consumers_closed_after(idle: str) -> dict[str, str]:
    """For a session that reads ranges of Kafka: close their consumers after ``idle`` ("1s").

    Spark keeps the consumer of every read for five minutes, and with it tens of MB that it has
    fetched ahead: a heap of 1 GB was full after some dozen reads (measured). No read of a range
    ever uses the consumer of another one.
    """
    pools = ("spark.kafka.consumer.cache", "spark.kafka.consumer.fetchedData.cache")
    ages = {f"{pool}.timeout": idle for pool in pools}
    return ages | {f"{pool}.evictorThreadRunInterval": "1s" for pool in pools}


def spark_options(settings: Settings) -> dict[str, str]:
    """Spark's own settings, each with a reason or left at its default."""
    return {
        "spark.master": settings.spark_master,
        "spark.app.name": "clickledger",
        "spark.ui.enabled": "false",  # one port less; progress is in stream_state
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",  # groups are few; one merge, no second exchange
        "spark.sql.adaptive.enabled": "false",  # re-planning costs more than it gains here
        "spark.sql.streaming.checkpointFileManagerClass": CHECKPOINT_FILE_MANAGER,
        "spark.sql.streaming.noDataMicroBatches.enabled": "false",  # the query keeps no state
        "spark.sql.streaming.numRecentProgressUpdates": "5",
        "spark.sql.streaming.stopTimeout": "0",  # wait: a callback must never outlive stop()
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }


def kafka_options(settings: Settings) -> dict[str, str]:
    """Options of Spark's Kafka source, for the stream and for recounts alike."""
    return {
        "kafka.bootstrap.servers": settings.bootstrap_servers,
        "kafka.isolation.level": "read_committed",  # aborted transactions are not counted
        "kafka.max.poll.records": "50000",
        "kafka.max.partition.fetch.bytes": str(8 << 20),
        "kafka.fetch.max.bytes": str(32 << 20),
        "kafka.receive.buffer.bytes": str(1 << 20),
        # A consumer that is asked for its bounds waits for its own fetch ahead, which Kafka holds
        # back at the log's end for so long (by default 500 ms; of a batch of few records, most).
        "kafka.fetch.max.wait.ms": "10",
        "failOnDataLoss": "true",  # P1: never read on over a hole
        "includeHeaders": "false",
        **_security(settings),
    }


def _security(settings: Settings) -> dict[str, str]:
    options: dict[str, str] = {"kafka.security.protocol": settings.kafka_security_protocol}
    if settings.kafka_ssl_cafile:
        options["kafka.ssl.truststore.type"] = "PEM"
        options["kafka.ssl.truststore.location"] = str(settings.kafka_ssl_cafile)
    if settings.kafka_security_protocol.startswith("SASL"):
        module = "plain.PlainLoginModule"
        if settings.kafka_sasl_mechanism.startswith("SCRAM"):
            module = "scram.ScramLoginModule"
        user = _quoted(settings.kafka_sasl_username)
        password = _quoted(settings.kafka_sasl_password.get_secret_value())
        options["kafka.sasl.mechanism"] = settings.kafka_sasl_mechanism
        options["kafka.sasl.jaas.config"] = (
            f"org.apache.kafka.common.security.{module} required"
            f" username={user} password={password};"
        )
    return options


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def open_session(settings: Settings, **changes: str) -> "SparkSession":
    """The session in the JVM that ``Jvm.connect`` has announced; ``changes`` are Spark settings."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for name, value in (spark_options(settings) | changes).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def forget_session() -> None:
    """PySpark keeps the gateway of its first JVM for good: without this there is no second one."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    if SparkContext._gateway is not None:
        SparkContext._gateway.shutdown()
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
    SparkSession._instantiatedSession = SparkSession._activeSession = None
    for name in GATEWAY_VARIABLES:
        os.environ.pop(name, None)
