"""What the stages of a drain came to, and the page about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.figures import median, shown, table

OURS = {  # stage: what it is; each holds those before it
    "read": "Spark reads Kafka: the sum of the values' lengths",
    "judge": "+ read and judge every record, add its minute and its hour of arrival",
    "group": "+ sums by minute and head, heads judged, collapsed by key",
    "collect": "+ the groups to the driver, as Arrow",
    "assemble": "+ sums over the partitions, sorted, proof of the range",
    "commit": "+ the transaction",
}
HANDS = {
    "hand": {"read": "confluent-kafka", "count": "Polars", "commit": "PyMySQL"},
    "hand_ledger": {
        "read": "confluent-kafka, with timestamps",
        "judge and group": "Polars, whole contract",
        "commit": "the product's transaction",
    },
}
LAST_BUT_ONE = "assemble"


@dataclass(frozen=True)
class StageResult:
    """One stage over one batch. CPU seconds of our processes and of the server's."""

    contender: str
    devices: int
    stage: str
    batch: int
    events: int
    core_s: float
    mariadb_core_s: float
    wall_s: float
    rows: int


def page(results: Sequence[StageResult]) -> str:
    """A table for each number of devices."""
    sections = []
    for devices in dict.fromkeys(each.devices for each in results):
        own = [each for each in results if each.devices == devices]
        rows = [*_ours_rows(own), *_hand_rows(own)]
        sections.append(f"## {devices:,} devices\n\n{table(HEADER, rows)}")
    return EXPLANATION + "\n".join(sections)


HEADER = ("contender", "stage", "what it is", "core-s/M", "MariaDB core-s/M", "s/M", "rows/M")
EXPLANATION = """\
Per million events: CPU seconds of the contender's processes and of MariaDB, and seconds by the
clock; medians over the batches of a second pass. The product's stages hold each other: what is
shown of one is what it adds to those before it (so a small one may come out below zero: noise),
and Spark uses both cores meanwhile. The hand loops are measured stage after stage; when they drain,
they read ahead in a second thread. The books of those that keep some balance afterwards.

"""


def _ours_rows(results: Sequence[StageResult]) -> list[list[str]]:
    rows: list[list[str]] = []
    before, whole = [0.0] * 3, [0.0] * 3
    for stage, what in OURS.items():
        each, made = _per_million(results, "ours", stage)
        own = [now - then for now, then in zip(each, before, strict=True)]
        before = [0.0] * 3 if stage == LAST_BUT_ONE else each  # a commit is measured alone
        whole = [a + b for a, b in zip(whole, own, strict=True)]
        rows.append(["ours", stage, what, *map(shown, own), made])
    return [*rows, ["**ours**", "all", "", *map(shown, whole), ""]]


def _hand_rows(results: Sequence[StageResult]) -> list[list[str]]:
    rows = []
    for name, stages in HANDS.items():
        found = [
            (stage, what, *_per_million(results, name, stage)) for stage, what in stages.items()
        ]
        rows += [[name, stage, what, *map(shown, each), made] for stage, what, each, made in found]
        whole = [sum(values) for values in zip(*(each for _, _, each, _ in found), strict=True)]
        rows.append([f"**{name}**", "all", "", *map(shown, whole), ""])
    return rows


def _per_million(results: Sequence[StageResult], name: str, stage: str) -> tuple[list[float], str]:
    own = [each for each in results if (each.contender, each.stage) == (name, stage)]

    def middle(value: Callable[[StageResult], float]) -> float:
        return median([value(each) / each.events * 1e6 for each in own]) or 0.0

    figures = [
        middle(lambda each: each.core_s),
        middle(lambda each: each.mariadb_core_s),
        middle(lambda each: each.wall_s),
    ]
    return figures, shown(middle(lambda each: each.rows), 0) if stage == "commit" else ""
