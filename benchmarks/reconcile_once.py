"""``python -m benchmarks.reconcile_once``: reconcile what is due; prints how long that took."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from batch.reconcile.runs import Ask, reconcile
from batch.spark import batch_session
from clickledger.settings import Settings, load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def main() -> None:
    """Topic and database come from the environment, as the product's do."""
    sessions_s: list[float] = []

    @contextmanager
    def timed(settings: Settings) -> Iterator[SparkSession]:
        began = time.perf_counter()
        with batch_session(settings) as spark:
            sessions_s.append(time.perf_counter() - began)
            yield spark

    began = time.perf_counter()
    report = reconcile(load_settings(), Ask("benchmark", "a benchmark"), session=timed)
    verdicts = Counter(result.verdict.value for result in report.results)
    told = {
        "run_s": time.perf_counter() - began,
        "session_s": sum(sessions_s),
        "verdicts": dict(verdicts),
        "days": [str(day.day) for day in report.days],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
