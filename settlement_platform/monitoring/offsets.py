"""Truths of Kafka's offsets: the connector writes, no transaction hangs, the jobs keep up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from settlement_platform.contracts.topics import (
    CORE_CONSUMER,
    FOREVER_MS,
    TopicSpec,
    topic_specs,
)
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of

OLD_SECONDS = 15.0
"""A record that nobody could or did read for so long is old. A transaction lasts 10 s at most, and
jobs commit their offsets every 3 s."""
LAG_SECONDS = 30.0
"""A job that is so far behind is late for those who look at its numbers."""
MOVES_SECONDS = 5.0
"""How old the newest canary on its topic may be: one is written each second."""

Partition = tuple[str, int]
Place = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass(frozen=True)
class PartitionReading:
    """A partition's offsets: of its first record, its last stable offset, its end, and of the
    first record that is not old."""

    first: int
    stable: int
    end: int
    young: int


@dataclass(frozen=True)
class Position:
    """Up to which offset a consumer group has committed; None before its first time. The group is
    a job's, or that of the core's consumer of events."""

    job: str
    group: str
    topic: str
    partition: int
    offset: int | None


@dataclass(frozen=True)
class OffsetsReading:
    """Kafka's offsets at one moment, by this machine's clock.

    `canary_at` is Kafka's time of the newest canary. `unread_at` has Kafka's time of the first
    readable record at those positions that might lag: None where there is none.
    """

    now: dt.datetime
    partitions: Mapping[Partition, PartitionReading]
    positions: Sequence[Position]
    canary_at: dt.datetime | None
    unread_at: Mapping[Place, dt.datetime | None]


@dataclass(frozen=True)
class Lag:
    """How far a group is behind a topic's end: records (transaction markers among them), seconds.

    The seconds are those since the oldest unread record was written.
    """

    position: Position
    records: int
    seconds: float


def _from(position: Position, partition: PartitionReading) -> int:
    return partition.first if position.offset is None else max(position.offset, partition.first)


def oldest_unread(
    positions: Sequence[Position], partitions: Mapping[Partition, PartitionReading]
) -> set[Place]:
    """The places that have to be looked at: something old may be unread there. Pure.

    Or nothing is: what was aborted and the marker after a transaction take offsets, too.
    """
    places = set()
    for position in positions:
        partition = partitions[position.topic, position.partition]
        offset = _from(position, partition)
        if offset < partition.young and offset < partition.stable - 1:
            places.add((position.topic, position.partition, offset))
    return places


def lags(reading: OffsetsReading, job: str) -> list[Lag]:
    """How far each group of a job is behind each of its topics. Pure."""
    return [_lag(reading, position) for position in reading.positions if position.job == job]


def _lag(reading: OffsetsReading, position: Position) -> Lag:
    partition = reading.partitions[position.topic, position.partition]
    offset = _from(position, partition)
    # The marker of the last transaction is an offset that no reader ever commits past.
    behind = max(partition.stable - 1 - offset, 0)
    place = position.topic, position.partition, offset
    if place in reading.unread_at:
        unread_at = reading.unread_at[place]
        if unread_at is None:
            return Lag(position, 0, 0.0)
        return Lag(position, behind, max((reading.now - unread_at).total_seconds(), 0.0))
    # Younger than old: its share of the time in which the young ones were written.
    young = max(partition.stable - partition.young, behind, 1)
    return Lag(position, behind, OLD_SECONDS * behind / young)


def hanging(reading: OffsetsReading) -> list[Partition]:
    """The partitions in which a transaction is open that began long ago. Pure."""
    return [
        at for at, it in reading.partitions.items() if it.stable < it.end and it.stable < it.young
    ]


def _away(offsets: Unread) -> list[Check]:
    cause = f"Kafka does not answer: {offsets.cause}"
    return [fails("kafka_answers", cause, read_logs_of("kafka"))]


def hanging_check(offsets: OffsetsReading | Unread, topic: str | None) -> list[Check]:
    """No transaction hangs in a topic; or, for None, in those that are nobody's asset. Pure."""
    if isinstance(offsets, Unread):
        return _away(offsets)
    declared = {spec.name for spec in topic_specs()}
    name = "no_transaction_hangs"
    stuck = [
        f"{at}-{partition}"
        for at, partition in hanging(offsets)
        if at == topic or (topic is None and at not in declared)
    ]
    if stuck:
        cause = f"readers wait behind an open transaction in {', '.join(stuck)}"
        remedy = f"the keeper aborts it: {read_logs_of('keeper')}"
        return [fails(name, cause, remedy)]
    return [holds(name, "what is written can be read")]


def moves_check(offsets: OffsetsReading | Unread, connector: str | Unread) -> list[Check]:
    """The connector writes canaries, whatever it says of itself. Pure."""
    if isinstance(offsets, Unread):
        return _away(offsets)
    name, at = "connector_moves_the_canary", offsets.canary_at
    state = f"not known ({connector.cause})" if isinstance(connector, Unread) else connector
    if at is None:
        cause = f"no canary was ever written; the connector's state is {state}"
        return [fails(name, cause, read_logs_of("connect"))]
    age_seconds = (offsets.now - at).total_seconds()
    measured = {"canary_age_seconds": age_seconds}
    if age_seconds > MOVES_SECONDS:
        cause = (
            f"the newest canary on its topic is {age_seconds:.0f} s old; "
            f"the connector's state is {state}"
        )
        return [fails(name, cause, read_logs_of("connect"), **measured)]
    return [holds(name, f"one was written {max(age_seconds, 0):.1f} s ago", **measured)]


def offset_truths(job: str) -> tuple[str, str]:
    """The names of the checks on a job's positions, in the order in which they look."""
    return f"{job}_finds_its_records", f"{job}_keeps_up"


def position_checks(offsets: OffsetsReading | Unread, job: str) -> list[Check]:
    """A job's records are still there, and it has read them. Pure."""
    if isinstance(offsets, Unread):
        return _away(offsets)
    finds, keeps_up = offset_truths(job)
    remedy = "see the job's backpressure and exceptions in the Flink UI"
    return [_finds(finds, offsets, job), _keeps_up(keeps_up, lags(offsets, job), remedy)]


def consumer_checks(offsets: OffsetsReading | Unread) -> list[Check]:
    """The core has read the events that were published a moment ago. Pure."""
    if isinstance(offsets, Unread):
        return _away(offsets)
    name = offset_truths(CORE_CONSUMER)[1]
    return [_keeps_up(name, lags(offsets, CORE_CONSUMER), read_logs_of("core-consumer"))]


def _finds(name: str, offsets: OffsetsReading, job: str) -> Check:
    for_ever = {s.name for s in _kept_for_ever()}
    gone = [
        f"{first - position.offset:,} of {position.topic}"
        for position in offsets.positions
        if position.job == job and position.topic in for_ever and position.offset is not None
        if (first := offsets.partitions[position.topic, position.partition].first) > position.offset
    ]
    if gone:
        cause = f"records were deleted before the job had read them: {', '.join(sorted(set(gone)))}"
        remedy = "run 'settlement replay' over the dates that 'settlement verify' names"
        return fails(name, cause, remedy)
    return holds(name, "what it has not read is still there")


def _kept_for_ever() -> list[TopicSpec]:
    return [s for s in topic_specs() if s.config.get("retention.ms") == str(FOREVER_MS)]


def _keeps_up(name: str, found: list[Lag], remedy: str) -> Check:
    behind: dict[str, Lag] = {}
    for lag in found:
        topic = lag.position.topic
        if topic not in behind or lag.seconds > behind[topic].seconds:
            behind[topic] = lag
    measured: dict[str, int | float] = {}
    for topic, lag in sorted(behind.items()):
        measured[f"{topic.rpartition('.')[2]}_lag_records"] = lag.records
        measured[f"{topic.rpartition('.')[2]}_lag_seconds"] = round(lag.seconds, 3)
    late = [lag for lag in behind.values() if lag.seconds > OLD_SECONDS]
    if late:
        told = "; ".join(
            f"{lag.records:,} records and {lag.seconds:.0f} s behind {lag.position.topic}"
            for lag in sorted(late, key=lambda lag: -lag.seconds)
        )
        is_grave = any(lag.seconds > LAG_SECONDS for lag in late)
        return fails(name, told, remedy, "error" if is_grave else "warning", **measured)
    worst = max((lag.seconds for lag in found), default=0.0)
    return holds(name, f"{worst:.1f} s behind at most", **measured)
