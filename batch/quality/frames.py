"""A day's facts as small frames, one for each kind of question. Every frame's column ``what`` says
in words which row it is: it is shown of the rows that are not as expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from batch.quality.facts import DayFacts, Rows

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
Sums = Mapping[Any, Mapping[str, int]]
BEFORE_THE_FIRST_RECORD = "before the first record"
NO_STATE = "no state"
SEEN_BEFORE = "before"


def frames_of(facts: DayFacts) -> dict[str, pd.DataFrame]:
    """Every frame; one that the day has no row for has its columns."""
    return {
        "tables": _frame(
            tables(facts),
            {"repeated_keys": "Int64", "empty_keys": "Int64", "impossible_counts": "Int64"},
        ),
        "hours": _frame(hours(facts), {"standing": "string"}),
        "hour_sums": _frame(hour_sums(facts), {"parts": "Int64", "total": "Int64"}),
        "day_sums": _frame(day_sums(facts), {"parts": "Int64", "total": "Int64"}),
        "types": _frame(types(facts), {"seen": "string"}),
        "day": _frame(
            [the_day(facts)],
            {"events": "Int64", "reject_share": "Float64", "top_device_share": "Float64",
             "newest_minute_age_s": "Int64"},
        ),
    }  # fmt: skip


def _frame(rows: Iterable[Row], kinds: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    kinds = {"what": "string", **kinds}
    return pd.DataFrame(list(rows), columns=list(kinds)).astype(dict(kinds))


def tables(facts: DayFacts) -> Iterator[Row]:
    """Keys and counts of each table's rows of the day."""
    for table, rows in facts.sums.items():
        yield {
            "what": table,
            "repeated_keys": facts.repeated_keys[table],
            "empty_keys": sum(row["empty_keys"] for row in rows),
            "impossible_counts": sum(row["impossible_counts"] for row in rows),
        }


def hours(facts: DayFacts) -> Iterator[Row]:
    """How each hour of the day stands, whether it has a row or not."""
    for hour in facts.hours:
        yield {"what": str(hour), "standing": facts.states.get(hour) or _missing(facts, hour)}


def _missing(facts: DayFacts, hour: datetime) -> str:
    """A day can begin before the first record came: nothing counts there, and no hour has a row."""
    first = facts.first_arrival
    figures = ("clicks_by_minute", "clicks_by_hour")
    counted = any(row["hour"] == hour for table in figures for row in facts.sums[table])
    begun = first is not None and hour >= first.replace(minute=0, second=0, microsecond=0)
    return NO_STATE if counted or begun else BEFORE_THE_FIRST_RECORD


def hour_sums(facts: DayFacts) -> Iterator[Row]:
    """Minute rows beside hour rows, and each beside its type rows; sealed hours have no minutes."""
    by_table = {name: _by(rows, "hour", "device_type") for name, rows in facts.sums.items()
                if not name.endswith("_day")}  # fmt: skip
    kept = {
        name: {key: row for key, row in sums.items() if facts.states.get(key[0]) != "sealed"}
        for name, sums in by_table.items()
    }
    minutes, built = kept["clicks_by_minute"], by_table["clicks_by_hour"]
    counts = ("clicks", "events")
    yield from _beside("minutes = hours", minutes, kept["clicks_by_hour"], counts)
    yield from _beside("minutes = their types", minutes, kept["type_clicks_by_minute"], counts)
    types_of_hours = by_table["type_clicks_by_hour"]
    yield from _beside("hours = their types", built, types_of_hours, (*counts, "devices"))


def day_sums(facts: DayFacts) -> Iterator[Row]:
    """Hours beside the day's rows, those beside its type rows, and these beside the day's mark."""
    days = _by(facts.sums["clicks_by_day"], "device_type")
    days_types = _by(facts.sums["type_clicks_by_day"], "device_type")
    if not _cuts_a_sealed_hour(facts):
        yield from _beside("hours = day", _parts(facts), days, ("clicks", "events"))
    counts = ("clicks", "events", "devices")
    yield from _beside("day = its types", days, days_types, counts)
    all_types = {name: sum(row[name] for row in days_types.values()) for name in counts}
    yield from _beside("types = the day's mark", {(): all_types}, {(): facts.built}, counts)


def _parts(facts: DayFacts) -> Sums:
    """By type, what a day is built from: whole hours' rows, and minutes of hours that it cuts."""
    day = facts.day
    parts: dict[Any, dict[str, int]] = defaultdict(lambda: {"clicks": 0, "events": 0})
    for table, prefix in (("clicks_by_hour", ""), ("clicks_by_minute", "day_")):
        for row in facts.sums[table]:
            is_whole = day.first_whole_hour <= row["hour"] < day.whole_hours_end
            if is_whole == (table == "clicks_by_hour"):
                for name in ("clicks", "events"):
                    parts[(row["device_type"],)][name] += row[prefix + name]
    return {key: sums for key, sums in parts.items() if sums["events"] or sums["clicks"]}


def _cuts_a_sealed_hour(facts: DayFacts) -> bool:
    whole = (facts.day.first_whole_hour, facts.day.whole_hours_end)
    return any(
        state == "sealed" and not whole[0] <= hour < whole[1]
        for hour, state in facts.states.items()
    )


def types(facts: DayFacts) -> Iterator[Row]:
    """The device types of the day, and whether an earlier day has had them."""
    for row in facts.sums["type_clicks_by_day"]:
        name = row["device_type"]
        seen = SEEN_BEFORE if name in facts.known_types else "for the first time"
        yield {"what": f"type {name}", "seen": seen}


def the_day(facts: DayFacts) -> Row:
    """The day's own figures; missing where there is nothing to tell one from."""
    newest, top = facts.newest_minute or facts.day.starts_at, facts.top_device
    clicks = facts.built["clicks"]
    who = f", most clicks: {top['device_type']} {top['device_id']}" if top else ""
    return {
        "what": f"{facts.day.day}{who}",
        "events": facts.built["events"],
        "reject_share": facts.reject_share,
        "top_device_share": top["clicks"] / clicks if top and clicks > 0 else None,
        "newest_minute_age_s": int((facts.seen_at - newest).total_seconds()),
    }


def _by(rows: Rows, *names: str) -> Sums:
    return {tuple(row[name] for name in names): row for row in rows}


def _beside(label: str, parts: Sums, total: Sums, measures: Iterable[str]) -> Iterator[Row]:
    for key in sorted(parts.keys() | total.keys()):
        for name in measures:
            yield {
                "what": " ".join([*map(str, key), name]) + f": {label}",
                "parts": parts.get(key, {}).get(name, 0),
                "total": total.get(key, {}).get(name, 0),
            }
