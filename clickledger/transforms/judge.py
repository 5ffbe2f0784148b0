"""Every record with its verdict."""

from pyspark.sql import DataFrame

from clickledger.contract.rules import DELIMITER, FIELDS, LINE_ENDS, Rules
from clickledger.transforms.expressions import (
    first_broken,
    number,
    whole_rules,
    without_line_end,
)


def _cut_field(index: int) -> str:
    # Null where there is none, and no error: Spark may look at a field before it looks at how many
    # there are, for it takes what two conditions have in common before either (seen in 4.2.0).
    return f"get(fields, {index})"


EVENT = {
    "device_type": _cut_field(1),
    "device_id": _cut_field(0),
    "time_ms": number(_cut_field(2)),
    "click": number(_cut_field(3)),
}


def judged(records: DataFrame, rules: Rules) -> DataFrame:
    """One row per record of Spark's Kafka source, with its event or the reason it has none.

    Columns: partition, offset, kafka_time_ms, reason (null: accepted), device_type, device_id,
    time_ms, click (null: rejected), and of a rejected record value (its first bytes, enough to see
    that it is too large) and value_length (all bytes).
    """
    first_bytes = rules.max_bytes + max(map(len, LINE_ENDS))
    rejected = {
        "value": f"substr(value, 1, {first_bytes})",
        "value_length": "octet_length(value)",
    }
    return _with_reason(records, rules).selectExpr(
        "partition",
        "offset",
        "kafka_time_ms",
        "reason",
        *(f"CASE WHEN reason IS NULL THEN {e} END AS {name}" for name, e in EVENT.items()),
        *(f"CASE WHEN reason IS NOT NULL THEN {e} END AS {name}" for name, e in rejected.items()),
    )


def accepted(records: DataFrame, rules: Rules) -> DataFrame:
    """The accepted records alone: value (as it came), device_type, device_id, time_ms, click."""
    return (
        _with_reason(records, rules)
        .where("reason IS NULL")
        .selectExpr("value", *(f"{e} AS {name}" for name, e in EVENT.items()))
    )


def _with_reason(records: DataFrame, rules: Rules) -> DataFrame:
    texts = bodies(records).selectExpr("*", "CAST(body AS STRING) AS text")
    # A step of its own, so that each text is cut once; into one field too many, to see that it is.
    cut = texts.selectExpr("*", rf"split(text, r'\{DELIMITER}', {len(FIELDS) + 1}) AS fields")
    fields = [_cut_field(index) for index in range(len(FIELDS))]
    in_order = whole_rules("text", f"size(fields) = {len(FIELDS)}", fields, rules)
    return cut.selectExpr("*", f"{first_broken(in_order)} AS reason")


def bodies(records: DataFrame) -> DataFrame:
    """Kafka records as partition, offset, kafka_time_ms, value, and body: what is judged."""
    return records.selectExpr(
        "partition",
        "offset",
        "unix_millis(timestamp) AS kafka_time_ms",
        "value",
        f"{without_line_end('value')} AS body",
    )
