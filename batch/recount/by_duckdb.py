"""The independent count: DuckDB over the raw archive, with SQL of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from batch.archive.near import local_files
from batch.recount.judging import Part
from batch.recount.minutes import SCHEMA, empty_minutes, summed
from clickledger.contract.rules import BYTE_ORDER_MARK, CONTROL, WHITE_SPACE, Rules
from clickledger.mysql.statements import statement

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MEMORY = "1GB"


def counted_by_duckdb(counted_parts: Iterable[Part], hours_ms: Collection[int]) -> pa.Table:
    """Minute rows of ``hours_ms``."""
    import duckdb

    tables = [empty_minutes()]
    with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
        for part in counted_parts:
            parameters = part_parameters(part, hours_ms)
            found = connection.sql(of_accepted("duckdb/recount"), params=parameters)
            tables.append(found.to_arrow_table().cast(SCHEMA))
    return summed(pa.concat_tables(tables))


def of_accepted(name: str) -> str:
    """A statement over the accepted events of ``part_parameters``."""
    return statement(name).format(accepted_events=statement("duckdb/accepted_events"))


def local_parts(spark: SparkSession, parts: Iterable[Part]) -> Iterator[Part]:
    """Each part with paths that DuckDB can read until the next one is asked for."""
    for part in parts:
        with local_files(spark, part.paths) as near:
            yield replace(part, paths=tuple(near[path] for path in part.paths))


def part_parameters(part: Part, hours_ms: Collection[int]) -> dict[str, Any]:
    """What the SQL texts of ``sql/duckdb`` ask for."""
    return {
        **_limits(part.rules),
        "files": list(part.paths),
        "partitions": [span.partition for span in part.spans],
        "starts": [span.start for span in part.spans],
        "ends": [span.end for span in part.spans],
        "hours_ms": sorted(hours_ms),
    }


def _limits(rules: Rules) -> dict[str, Any]:
    character = f"[^{_members(CONTROL)}]"
    blank = f"[{_members(WHITE_SPACE | {BYTE_ORDER_MARK})}]"
    return {
        "max_bytes": rules.max_bytes,
        "device_id_characters": f"{character}{{1,{rules.device_id_max_chars}}}",
        "device_type_characters": f"{character}{{1,{rules.device_type_max_chars}}}",
        "blank_at_an_end": f"^{blank}|{blank}$",
        "time_digits": f"[0-9]{{1,{rules.time_max_digits}}}",
        "click_digits": f"[0-9]{{1,{rules.click_max_digits}}}",
        "time_min_ms": rules.time_min_ms,
        "time_max_ms": rules.time_max_ms,
        "max_future_ms": rules.max_future_ms,
        "max_age_ms": rules.max_age_ms,
        "max_click": rules.max_click,
    }


def _members(characters: Iterable[str]) -> str:
    return "".join(rf"\x{{{ord(character):x}}}" for character in sorted(characters))
