"""What an operation would do, from what is there now. Changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor

from clickledger.errors import ConfigurationError, KafkaDataLostError
from clickledger.kafka.start_checks import LogState, check_start, starting_offsets
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import Position, read_positions
from clickledger.mysql.connection import fetch_one
from clickledger.mysql.statements import statement
from clickledger.settings import Settings
from lifecycle.memory import starts_beside
from lifecycle.release_diff import Change, diff
from lifecycle.releases import Release, find_release, stated_rules
from lifecycle.slots import read_slots, writer_of


@dataclass(frozen=True)
class PartitionPlan:
    """Where one partition would go on. Offsets."""

    partition: int
    start: int  # the ledger's next offset, or the oldest record kept
    log_start: int
    log_end: int

    @property
    def lag(self) -> int:
        """What is unread."""
        return max(self.log_end - self.start, 0)

    @property
    def margin(self) -> int:
        """How many applied offsets Kafka still keeps: at 0, retention is about to pass us."""
        return self.start - self.log_start


@dataclass(frozen=True)
class MadeBy:
    """What figures are made by. ``None``: not known, or not kept as a version yet."""

    code_fingerprint: str | None
    rules_version: int | None
    rules: Mapping[str, Any] | None

    def in_words(self) -> str:
        """One line."""
        version = "a new version" if self.rules_version is None else f"version {self.rules_version}"
        limits = ", ".join(f"{name} {value}" for name, value in sorted((self.rules or {}).items()))
        rules = "rules unknown" if self.rules is None else f"rules {version} ({limits})"
        return f"code {self.code_fingerprint or 'unknown'}, {rules}"


@dataclass(frozen=True)
class Plan:
    """``refusals`` say why it must not be done, ``approvals`` why a person must say yes."""

    action: str
    from_release: str | None
    to_release: str
    ends_generation: str | None
    ends_epoch: int | None
    partitions: tuple[PartitionPlan, ...]
    changes: tuple[Change, ...]
    refusals: tuple[str, ...] = ()
    approvals: tuple[str, ...] = field(default=())
    beside: bool = True  # the new driver warms up beside the old one
    made_by_now: MadeBy | None = None
    made_by_next: MadeBy | None = None

    @property
    def lag(self) -> int:
        """Unread events in all."""
        return sum(each.lag for each in self.partitions)

    @property
    def decision(self) -> str:
        """``refuse``, ``ask`` or ``start``."""
        if self.refusals:
            return "refuse"
        return "ask" if self.approvals else "start"

    def as_dict(self) -> dict[str, Any]:
        """For ``--json`` and ``operations.plan``."""
        return {**asdict(self), "decision": self.decision, "lag": self.lag}

    def in_words(self) -> list[str]:
        """For a person, a line each."""
        return list(_lines(self))


def _lines(plan: Plan) -> Iterator[str]:
    yield f"{plan.action}: {plan.from_release or 'nothing'} -> {plan.to_release}"
    if plan.ends_generation:
        yield f"ends: generation {plan.ends_generation}, epoch {plan.ends_epoch}"
    if plan.ends_generation and not plan.beside:
        yield "there is no memory for two drivers: the old one drains before the new one starts"
    yield "begins: a new generation with the ledger as its starting offsets:"
    for each in plan.partitions:
        yield (
            f"  partition {each.partition}: from {each.start:,}; Kafka holds"
            f" [{each.log_start:,}, {each.log_end:,}): {each.lag:,} unread, {each.margin:,} applied"
            " ones are still kept"
        )
    if plan.made_by_now is not None and plan.made_by_next is not None:
        yield f"figures are made by now: {plan.made_by_now.in_words()}"
        yield f"and next: {plan.made_by_next.in_words()}"
    yield from (f"changed: {change.in_words()}" for change in plan.changes)
    if not plan.changes:
        yield "changed: nothing; the figures are made by the same program"
    yield from (f"NEEDS A PERSON'S WORD: {reason}" for reason in plan.approvals)
    yield from (f"REFUSED: {reason}" for reason in plan.refusals)
    yield {
        "start": "may be done at once",
        "ask": "may be done once approved",
        "refuse": "must not be done",
    }[plan.decision]


def make_plan(
    connection: Connection[Cursor], settings: Settings, action: str, target: Release
) -> Plan:
    """What bringing ``target`` up as the writer would mean now."""
    writer = writer_of(read_slots(connection))
    current = (
        find_release(connection, writer.release_name) if writer and writer.release_name else None
    )
    state = fetch_one(connection, statement("lifecycle/state")) or {}
    schema = _schema_version(connection)
    positions = read_positions(connection, settings.topic)
    refusals = list(_schema_refusals(target, schema))
    log_state: LogState | None = None
    rules: dict[str, Any] | None = None
    try:
        with TopicLog(settings) as log:
            log_state = check_start(log, positions)
        stamped = log_state.description.log_append_time
        rules = stated_rules(target, settings, log_append_time=stamped)
    except (KafkaDataLostError, ConfigurationError) as error:
        refusals.append(str(error))
    changes = tuple(diff(current, target)) if current else ()
    kept = _kept_rules(connection)
    return Plan(
        action=action,
        from_release=current.release_name if current else None,
        to_release=target.release_name,
        ends_generation=state.get("generation") if writer else None,
        ends_epoch=state.get("epoch") if writer else None,
        partitions=_partitions(log_state, positions),
        changes=changes,
        refusals=tuple(refusals),
        approvals=tuple(_approvals(kept, target, current, rules)),
        beside=starts_beside(settings),
        made_by_now=replace(kept, code_fingerprint=current.code_fingerprint if current else None),
        made_by_next=MadeBy(
            target.code_fingerprint, kept.rules_version if rules == kept.rules else None, rules
        ),
    )


def _kept_rules(connection: Connection[Cursor]) -> MadeBy:
    """The rules that the newest range was judged by."""
    last = fetch_one(connection, statement("lifecycle/last_rules"))
    if last is None:
        return MadeBy(None, None, None)
    return MadeBy(None, last["rules_version"], json.loads(last["document"]))


def _schema_version(connection: Connection[Cursor]) -> int:
    row = fetch_one(connection, statement("lifecycle/schema_version"))
    return int(row["number"]) if row and row["number"] is not None else 0


def _schema_refusals(target: Release, schema: int) -> Iterator[str]:
    if schema < target.schema_min:
        yield (
            f"{target.release_name} needs a database that has had migration {target.schema_min},"
            f" and this one has had {schema}; `clickledger migrate` of its checkout comes first"
        )
    if target.schema_max is not None and schema > target.schema_max:
        yield (
            f"the database has had migration {schema}, and {target.release_name} runs on"
            f" {target.schema_min} to {target.schema_max} only"
        )


def _partitions(
    state: LogState | None, positions: dict[int, Position]
) -> tuple[PartitionPlan, ...]:
    if state is None:
        return ()
    starts = starting_offsets(state, positions)
    return tuple(
        PartitionPlan(partition, starts[partition], bounds.start, bounds.end)
        for partition, bounds in sorted(state.bounds.items())
    )


def _approvals(
    kept: MadeBy,
    target: Release,
    current: Release | None,
    rules: Mapping[str, Any] | None,
) -> Iterator[str]:
    if target.verdict == "bad":
        yield f"{target.release_name} was found bad before: {target.verdict_reason}"
    if current and current.contract_version != target.contract_version:
        yield (
            f"events will be judged by contract {target.contract_version} instead of"
            f" {current.contract_version}; what was counted stays as it is until a restatement"
        )
    elif rules is not None:
        yield from _limits_changed(kept, rules)
    if current and current.spark_version != target.spark_version:
        yield f"Spark {current.spark_version} becomes {target.spark_version}"


def _limits_changed(kept: MadeBy, rules: Mapping[str, Any]) -> Iterator[str]:
    """``rules``: as the release states them; a document may have limits that we do not know."""
    if kept.rules is None:
        return
    before = kept.rules
    changed = [
        f"{name} {before.get(name)} -> {rules.get(name)}"
        for name in sorted(before.keys() | rules.keys())
        if before.get(name) != rules.get(name)
    ]
    if changed:
        yield (
            f"events will be judged by other limits than those of rules version"
            f" {kept.rules_version}: {', '.join(changed)}"
        )
