"""The truth that is kept while events are made equals what the oracle says of each of them."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from clickledger.contract.oracle import judge
from clickledger.contract.rules import Reason, Rules
from clickledger.generator.events import CHUNK, EventGenerator
from clickledger.generator.model import Span, TrafficModel
from clickledger.generator.truth import Minute, Truth

pytestmark = pytest.mark.unit
HOUR_MS = 3_600_000
DAY = Span(1_735_689_600_000, 1_735_776_000_000)
MODEL = TrafficModel(
    seed=5,
    devices=200,
    late_share=0.2,
    duplicate_share=0.05,
    malformed_share=0.1,
    unusual_share=0.1,
)


def recount(
    model: TrafficModel, total: int, rules: Rules
) -> tuple[Truth, dict[Minute, tuple[int, int]], Counter[str]]:
    """The truth as kept, and the same recounted by the oracle, one event at a time."""
    generator = EventGenerator(model)
    truth = Truth(generator.population, rules)
    minutes: dict[Minute, tuple[int, int]] = {}
    rejected: Counter[str] = Counter()
    for chunk in generator.over(DAY, total):
        truth.add(chunk)
        for value, arrival_ms in zip(chunk.values, chunk.arrival_ms.tolist(), strict=True):
            verdict = judge(value, arrival_ms, rules)
            if isinstance(verdict, Reason):
                rejected[verdict.value] += 1
                continue
            key = (verdict.minute_ms, verdict.device_type, verdict.device_id)
            clicks, events = minutes.get(key, (0, 0))
            minutes[key] = (clicks + verdict.click, events + 1)
    return truth, minutes, rejected


@pytest.mark.parametrize("max_age_ms", [None, HOUR_MS], ids=["any age", "one hour old"])
def test_truth_equals_the_oracles_recount(max_age_ms: int | None) -> None:
    rules = Rules(max_future_ms=HOUR_MS, max_age_ms=max_age_ms)
    truth, minutes, rejected = recount(MODEL, CHUNK + 10_000, rules)
    assert truth.minutes() == minutes
    assert truth.rejected == rejected
    assert (rejected["time_too_old"] > 0) == (max_age_ms is not None)


def test_json_holds_all_of_it(tmp_path: Path) -> None:
    truth, minutes, rejected = recount(MODEL, 5_000, Rules(max_future_ms=HOUR_MS))
    truth.write(tmp_path / "truth.json")
    found = json.loads((tmp_path / "truth.json").read_text())
    assert found["rejected"] == rejected
    assert found["accepted"] + sum(rejected.values()) == 5_000
    assert found["clicks"] == sum(clicks for clicks, _ in minutes.values())
    assert len(found["minutes"]) == len(minutes)
    (first_ms, *name), figures = next(iter(sorted(minutes.items())))
    assert first_ms // 60_000 * 60_000 == first_ms
    row = found["minutes"][0]
    assert row["minute"] == "2025-01-01T00:00:00Z"
    assert [row["device_type"], row["device_id"]] == name
    assert (row["clicks"], row["events"]) == figures


def test_csv_holds_the_same(tmp_path: Path) -> None:
    truth, minutes, rejected = recount(MODEL, 5_000, Rules(max_future_ms=HOUR_MS))
    truth.write(tmp_path / "truth.CSV")
    with (tmp_path / "truth.CSV").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    reasons = {row["reason"]: int(row["events"]) for row in rows if row["reason"]}
    counted = [row for row in rows if not row["reason"]]
    assert reasons == rejected
    assert len(counted) == len(minutes)
    assert sum(int(row["clicks"]) for row in counted) == sum(c for c, _ in minutes.values())
