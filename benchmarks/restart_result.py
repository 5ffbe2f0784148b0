"""What operating the stream came to, and the page about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.figures import median, percentile, shown, table

GAP, COMMITTING = "gap in service", "to first commit"
AIRFLOW = "Airflow's share"
DRAIN = "drain"
GOALS_MS = {  # kind, figure
    ("restart", GAP): 3_000,
    ("restart", COMMITTING): 25_000,
    ("restart", DRAIN): 2_000,
    ("deploy", GAP): 3_000,
    ("deploy", COMMITTING): 25_000,
    ("deploy", DRAIN): 2_000,
    ("drain", DRAIN): 2_000,
    ("idle_drain", DRAIN): 2_000,
    ("killed", COMMITTING): 15_000,
    ("frozen", COMMITTING): 60_000,
    ("airflow", AIRFLOW): 1_500,
    ("airflow", GAP): 3_000,
    ("airflow", COMMITTING): 25_000,
}
WHAT = {
    "restart": "a planned restart by the verb, under load",
    "deploy": "a deployment of a release with other code, under load",
    "drain": "a drain under load",
    "idle_drain": "a drain with nothing to read",
    "killed": "SIGKILL of the driver under load; nobody does anything",
    "frozen": "SIGSTOP of the driver under load; `stream watch --for 50s` is begun each minute",
    "airflow": "a planned restart by the DAG `stream_restart`, under load",
}
Moments = Mapping[str, float | None]  # epoch ms by name, in their order; the first is the beginning


@dataclass(frozen=True)
class RestartResult:
    """One act: its stages and its totals, in ms."""

    kind: str
    round: int
    stages_ms: dict[str, float]
    totals_ms: dict[str, float]

    def in_words(self) -> str:
        """For the progress line."""
        return ", ".join(f"{name} {each / 1000:.2f} s" for name, each in self.totals_ms.items())


def stages(moments: Moments) -> dict[str, float]:
    """What lies between each moment and the one before it; those that are not known left out.

    The stage is named after the moment that ends it.
    """
    known = [(name, at_ms) for name, at_ms in moments.items() if at_ms is not None]
    return {name: round(end - start, 1) for (_, start), (name, end) in pairwise(known)}


def totals(**given: float | None) -> dict[str, float]:
    """Figures by their names for people; those that are not known left out."""
    names = {
        "gap": GAP,
        "committing": COMMITTING,
        "drain": DRAIN,
        "proven": "until it is proven",
        "airflow": AIRFLOW,
    }
    return {names[key]: round(value, 1) for key, value in given.items() if value is not None}


def page(results: Sequence[RestartResult]) -> str:
    """A section a kind: each stage's median and 95th percentile, then every run."""
    kinds = [kind for kind in WHAT if any(each.kind == kind for each in results)]
    return EXPLANATION + "".join(_section(kind, results) for kind in kinds)


EXPLANATION = """\
Every event that was sent was counted once, and the audit is clean. Times in seconds, by one clock:
what a stage is called is how it ends. The gap in service is from the last commit of the old epoch
to the first commit of the new one; "to first commit" begins with the request, the kill or the
freeze. Airflow's share is what the DAG adds to its command: from the request until the command is
called, and from its end to that of the run. Each trouble is the first one of its kind: the
supervisor and the watch answer many in a row more slowly, on purpose. The driver is frozen at an
even share of the minute after a run of `stream_watch` began; what Airflow itself takes to start a
task comes on top.
"""


def _section(kind: str, results: Sequence[RestartResult]) -> str:
    runs = [each for each in results if each.kind == kind]
    stage_rows = [
        _row(f"→ {name}", [run.stages_ms[name] for run in runs if name in run.stages_ms], None)
        for name in dict.fromkeys(name for run in runs for name in run.stages_ms)
    ]
    total_rows = [
        _row(
            f"**{name}**",
            [run.totals_ms[name] for run in runs if name in run.totals_ms],
            GOALS_MS.get((kind, name)),
        )
        for name in dict.fromkeys(name for run in runs for name in run.totals_ms)
    ]
    header = ("", "median", "p95", "longest", "goal", "p95 within")
    every = ", ".join(
        " / ".join(f"{value / 1000:.2f}" for value in run.totals_ms.values()) for run in runs
    )
    return (
        f"\n## {kind}: {WHAT[kind]}, {len(runs)} times\n\n"
        f"{table(header, [*stage_rows, *total_rows])}\nEvery run: {every}\n"
    )


def _row(name: str, values: Sequence[float], goal_ms: float | None) -> list[str]:
    p95, middle = percentile(values, 0.95), median(values) or 0
    figures = (shown(each / 1000) for each in (middle, p95, max(values)))
    if goal_ms is None:
        return [name, *figures, "", ""]
    return [name, *figures, f"{goal_ms / 1000:g}", "yes" if p95 <= goal_ms else "NO"]
