"""A crash test's job stands still while one of its tasks runs; no other job does."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from clickledger.failpoints import VARIABLE, held_in_job
from tests.awaiting import await_that

pytestmark = pytest.mark.spark
GROUP = "held"


def one_task(spark: SparkSession) -> DataFrame:
    """It leaves the session's other thread free."""
    return spark.range(0, 3, numPartitions=1)


def test_a_job_is_held_with_a_running_task(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"in_job:{tmp_path}")
    context = spark.sparkContext
    counted: list[int] = []

    def count() -> None:
        context.setJobGroup(GROUP, "a job that is held", interruptOnCancel=True)
        try:
            counted.append(held_in_job(one_task(spark)).count())
        except (PySparkException, Py4JError):
            counted.append(-1)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        marker = tmp_path / "in_job"
        await_that(marker.exists, "the job is held", timeout_s=30)
        assert [one_task(spark).count() for _ in range(3)] == [3] * 3  # so long it does not end
        tracker = context.statusTracker()
        stages = [tracker.getStageInfo(found) for found in tracker.getActiveStageIds()]
        assert [stage.numActiveTasks > 0 for stage in stages if stage] == [True]
        marker.unlink()
    finally:
        context.cancelJobGroup(GROUP)
        thread.join(30)
    assert counted == [-1]


def test_nothing_else_is_held(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = spark.range(3)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert held_in_job(frame) is frame
    monkeypatch.setenv(VARIABLE, f"after_commit:{tmp_path}")
    assert held_in_job(frame) is frame
