"""The stream's state: for machines, and in a person's words."""

from typing import TYPE_CHECKING, Any

from cli.output import printable, shown_time

if TYPE_CHECKING:
    from clickledger.settings import Settings


def stream_status(settings: "Settings") -> dict[str, Any]:
    """The verdict, its reasons, and the rows that it is made of."""
    from cli.database import database
    from lifecycle.health import judge_health, observe
    from lifecycle.incidents import restarts_left, since_when, spent
    from lifecycle.runner import runner_of
    from lifecycle.samples import last_sample
    from lifecycle.slots import read_slots

    with database(settings) as connection:
        seen = observe(connection, runner_of(settings))
        sample = last_sample(connection, seen.state["epoch"])
        slots = read_slots(connection)
        used = spent(connection)
        since = since_when(connection, seen.state["started_at"])
    health = judge_health(seen)
    return {
        **health.as_dict(),
        **seen.as_dict(),
        "lag_s": seen.lag_s,
        "verdict_since": since,
        "restarts_left": restarts_left(health.verdict, used),
        "sample": sample,
        "slots": {name: _slot(row) for name, row in slots.items()},
    }


def _slot(row: Any) -> dict[str, Any]:
    return {
        "wanted": str(row.wanted),
        "state": str(row.state),
        "release": row.release_name,
        "pid": row.pid,
        "starts": row.starts,
        "end_reason": row.end_reason,
    }


def status_lines(found: dict[str, Any]) -> list[str]:
    """The stream's state for a person."""
    told = found["progress"] or {}
    lines = {
        "stream": f"{found['verdict']}: {found['detail']}",
        "next": found["next_step"] or "-",
        "wanted": _wanted(found),
        "since": f"{_when(found['verdict_since'])}; started {_when(found['started_at'])}",
        "last commit": _when(found["last_commit_at"]),
        "lag": _lag(found),
        "epoch": f"{found['epoch'] or '-'} (the database grants {found['fence_epoch']})",
        "generation": found["generation"] or "-",
        "release": found["release_name"] or "-",
        "process": f"{found['pid']} on {found['host']}" if found["pid"] else "-",
        "progress": f"{_counted(told.get('records'), 'records')}, {told.get('records_per_s')}/s,"
        f" count {told.get('count_ms')} ms, commit {told.get('commit_ms')} ms"
        if told
        else "-",
        "restarts": f"{found['restarts_left']} left for `stream watch`",
        "sampled": _sampled(found["sample"]),
        "last error": found["halt_reason"] or "-",
    }
    for name, slot in found["slots"].items():
        lines[f"slot {name}"] = (
            f"{slot['wanted']}: {slot['state']}, release {slot['release'] or '-'}"
        )
    return [f"{name + ':':13}{printable(str(text))}" for name, text in lines.items()]


def _lag(found: dict[str, Any]) -> str:
    events = _counted(found["lag_events"], "events")
    return events if found["lag_s"] is None else f"{events}, {found['lag_s']:.1f} s at this rate"


def _sampled(row: dict[str, Any] | None) -> str:
    if row is None:
        return "-"
    span = f"partition {row['kafka_partition']} [{row['start_offset']:,}, {row['end_offset']:,})"
    found = row["differences"] or f"{span}: {row['records']:,} records, equal"
    return f"{found}; counted again at {_when(row['counted_at'])}"


def _wanted(found: dict[str, Any]) -> str:
    if found["desired_by"] is None:
        return str(found["desired_state"])
    why = f"{found['desired_by']}: {found['desired_reason']}"
    return f"{found['desired_state']} since {_when(found['desired_at'])} ({why})"


def _when(moment: Any) -> str:
    return "-" if moment is None else shown_time(moment)


def _counted(number: int | None, what: str) -> str:
    return "unknown" if number is None else f"{number:,} {what}"
