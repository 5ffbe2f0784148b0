"""Every record with its verdict."""

from pyspark.sql import DataFrame

from clickledger.contract.rules import LINE_ENDS, Rules
from clickledger.transforms.expressions import (
    field,
    first_broken,
    number,
    whole_rules,
    without_line_end,
)


def judged(records: DataFrame, rules: Rules) -> DataFrame:
    """One row per record of Spark's Kafka source, with its event or the reason it has none.

    Columns: partition, offset, kafka_time_ms, reason (null: accepted), device_type, device_id,
    time_ms, click (null: rejected), and of a rejected record value (its first bytes, enough to see
    that it is too large) and value_length (all bytes).
    """
    text = "CAST(body AS STRING)"
    first_bytes = rules.max_bytes + max(map(len, LINE_ENDS))
    accepted = {
        "device_type": field(text, 1),
        "device_id": field(text, 0),
        "time_ms": number(field(text, 2)),
        "click": number(field(text, 3)),
    }
    rejected = {
        "value": f"substr(value, 1, {first_bytes})",
        "value_length": "octet_length(value)",
    }
    rows = bodies(records).selectExpr("*", f"{first_broken(whole_rules(rules))} AS reason")
    return rows.selectExpr(
        "partition",
        "offset",
        "kafka_time_ms",
        "reason",
        *(f"CASE WHEN reason IS NULL THEN {e} END AS {name}" for name, e in accepted.items()),
        *(f"CASE WHEN reason IS NOT NULL THEN {e} END AS {name}" for name, e in rejected.items()),
    )


def bodies(records: DataFrame) -> DataFrame:
    """Kafka records as partition, offset, kafka_time_ms, value, and body: what is judged."""
    return records.selectExpr(
        "partition",
        "offset",
        "unix_millis(timestamp) AS kafka_time_ms",
        "value",
        f"{without_line_end('value')} AS body",
    )
