"""The true figures of generated events, kept while they are made."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from clickledger.clock import MINUTE_MS, from_epoch_ms, utc_text
from clickledger.contract.oracle import judge
from clickledger.contract.rules import Reason, Rules
from clickledger.generator.events import Chunk
from clickledger.generator.population import Population

Minute = tuple[int, str, str]  # epoch ms, device type, device id
COLUMNS = ("minute", "device_type", "device_id", "clicks", "events", "reason")


@dataclass
class Truth:
    """Figures as the contract judges the events, had each reached Kafka at its arrival time.

    A plain event is good by construction; the oracle judges all others, one by one, and those that
    are so late that a limit on the age may bite.
    """

    population: Population
    rules: Rules
    rejected: Counter[str] = field(default_factory=Counter)
    _clicks: Counter[int] = field(default_factory=Counter)  # by minute number * sources + source
    _events: Counter[int] = field(default_factory=Counter)
    _judged_clicks: Counter[Minute] = field(default_factory=Counter)
    _judged_events: Counter[Minute] = field(default_factory=Counter)

    def add(self, chunk: Chunk) -> None:
        """Count a chunk."""
        plain = chunk.plain
        if self.rules.max_age_ms is not None:
            plain = plain & (chunk.arrival_ms - chunk.time_ms < self.rules.max_age_ms)
        keys = chunk.time_ms[plain] // MINUTE_MS * len(self.population.sources)
        keys += chunk.source[plain]
        unique, where = np.unique(keys, return_inverse=True)
        clicks = np.bincount(where, weights=chunk.click[plain]).astype(np.int64)
        self._clicks.update(dict(zip(unique.tolist(), clicks.tolist(), strict=True)))
        events = np.bincount(where)
        self._events.update(dict(zip(unique.tolist(), events.tolist(), strict=True)))
        for index in np.flatnonzero(~plain).tolist():
            self._judge(chunk.values[index], int(chunk.arrival_ms[index]))

    def _judge(self, value: bytes, arrival_ms: int) -> None:
        verdict = judge(value, arrival_ms, self.rules)
        if isinstance(verdict, Reason):
            self.rejected[verdict.value] += 1
            return
        key = (verdict.minute_ms, verdict.device_type, verdict.device_id)
        self._judged_clicks[key] += verdict.click
        self._judged_events[key] += 1

    def minutes(self) -> dict[Minute, tuple[int, int]]:
        """(clicks, events) of each minute, type and device, in that order."""
        clicks, events = Counter(self._judged_clicks), Counter(self._judged_events)
        sources = self.population.sources
        for key, counted in self._events.items():
            number, source = divmod(key, len(sources))
            device_id, device_type = sources[source]
            name = (number * MINUTE_MS, device_type, device_id)
            clicks[name] += self._clicks[key]
            events[name] += counted
        return {name: (clicks[name], events[name]) for name in sorted(events)}

    def write(self, path: Path) -> None:
        """Write all of it: CSV where the name ends so, else JSON."""
        write_as: Callable[[Truth, Path], None] = (
            write_csv if path.suffix.lower() == ".csv" else write_json
        )
        write_as(self, path)


def write_json(truth: Truth, path: Path) -> None:
    """One document: totals, rejected events by reason, and a row for each counted minute."""
    minutes = truth.minutes()
    document: dict[str, Any] = {
        "accepted": sum(events for _, events in minutes.values()),
        "clicks": sum(clicks for clicks, _ in minutes.values()),
        "rejected": dict(sorted(truth.rejected.items())),
        "minutes": [
            dict(zip(COLUMNS, (_moment(minute), *name, *figures), strict=False))
            for (minute, *name), figures in minutes.items()
        ],
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def write_csv(truth: Truth, path: Path) -> None:
    """A row for each counted minute; then, with only ``events`` and ``reason``, the rejected."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for (minute, *name), figures in truth.minutes().items():
            rows.writerow((_moment(minute), *name, *figures, ""))
        for reason, count in sorted(truth.rejected.items()):
            rows.writerow(("", "", "", "", count, reason))


def _moment(epoch_ms: int) -> str:
    return utc_text(from_epoch_ms(epoch_ms))
