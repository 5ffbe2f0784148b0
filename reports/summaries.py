"""Rows of words and figures that page and workbook have in common; the first row is the heading."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from clickledger.clock import utc_text
from clickledger.day_quality import DayQuality, DayVerdict
from reports.day_measures import LATENESS
from reports.facts import Comparison, Facts
from reports.gaps import gap_in_words
from reports.origins import HourOrigin

WORDS_OF_VERDICTS = {
    DayVerdict.PASSED: "every expectation is met",
    DayVerdict.WARNED: "something is unusual",
    DayVerdict.FAILED: "a critical expectation failed",
    DayVerdict.NONE: "not judged",
}
TOTALS = ("clicks", "events", "devices")
Rows = list[tuple[Any, ...]]


def summary_rows(facts: Facts) -> Rows:
    """Totals beside those of the day before and of the same weekday."""
    heading = ["figure", str(facts.day.day)]
    for each in facts.comparisons:
        heading += [compared(each), "change"]
    rows: Rows = [tuple(heading)]
    for name in TOTALS:
        now = facts.total(name)
        row: list[Any] = [name, now]
        for each in facts.comparisons:
            row += [getattr(each.published, name, None), each.share(name, now)]
        rows.append(tuple(row))
    new = facts.new.all
    rows += [("new devices", new), ("returning devices", facts.total("devices") - new)]
    return [*rows, *_of_versions(facts)]


def compared(comparison: Comparison) -> str:
    """With which version of which day."""
    version = f"v{comparison.published.version}" if comparison.published else "not published"
    return f"{comparison.what}, {comparison.day} ({version})"


def quality_rows(facts: Facts) -> Rows:
    """Late, copied and rejected; shares are of the events, or of all records that arrived."""
    found = facts.measures
    rows: Rows = [("what", "number", "share")]
    if found is None:
        return [*rows, ("nothing was measured yet: no hour is reconciled", None, None)]
    for name, words in LATENESS.items():
        count = found.lateness[name]
        rows.append(
            (f"events that came {words} after they happened", count, _of(found.events, count))
        )
    copies = found.duplicates
    rows.append(("surplus copies of an event (counted)", copies, _of(found.events, copies)))
    rejected = found.all_rejected
    rows.append(("records that were rejected", rejected, _of(found.records, rejected)))
    for reason, count in sorted(found.rejected.items()):
        rows.append((f"rejected: {reason}", count, _of(found.records, count)))
    return rows


def origin_rows(facts: Facts) -> Rows:
    """What the figures rest on; hours in a row that are alike are one line."""
    origins = facts.origins
    rows: Rows = [
        ("what", "value"),
        ("hours reconciled", f"{facts.day.reconciled_hours} of {facts.day.hours}"),
        ("versions of the rules", ", ".join(map(str, origins.rules)) or "-"),
        ("counted by releases", ", ".join(origins.releases) or "-"),
        ("quality", judged(origins.quality)),
    ]
    rows += [("lost before it was read", gap_in_words(gap)) for gap in facts.gaps]
    for what, hours in groupby(origins.hours, _what):
        first, *more = hours
        rows.append((f"{first.name} to {more[-1].name}" if more else first.name, what))
    return rows


def judged(quality: DayQuality) -> str:
    """The verdict, and what is unusual."""
    seen = "; ".join(f"{row['expectation']}: {row['observed']}" for row in quality.unmet)
    return f"{quality.verdict}: {seen}" if seen else WORDS_OF_VERDICTS[quality.verdict]


def _what(hour: HourOrigin) -> str:
    cut = ", ".join(f"{partition}: {end}" for partition, end in hour.cut.items())
    return f"{hour.state}; next offsets {cut or 'not fixed yet'}"


def _of_versions(facts: Facts) -> Rows:
    rows: Rows = [
        ("state", facts.state),
        ("version", facts.name),
        ("why this version", facts.reason),
        ("time zone", facts.day.time_zone),
        ("begins (UTC)", utc_text(facts.day.starts_at)),
        ("ends (UTC)", utc_text(facts.day.ends_at)),
    ]
    return rows + [("held back by", why) for why in facts.held]


def _of(whole: int, part: int) -> float | None:
    return part / whole if whole else None
