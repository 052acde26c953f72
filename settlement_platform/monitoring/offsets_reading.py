"""Reads Kafka's offsets: of every partition, of the canary, and of the jobs' groups. Thin."""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import Future
from typing import Any

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import OffsetSpec

from settlement_platform.config import Settings
from settlement_platform.contracts.core import SettlementCanary
from settlement_platform.contracts.topics import (
    CORE_CONSUMER,
    CORE_CONSUMER_GROUP,
    EVENT_TOPICS,
    captured_topic,
)
from settlement_platform.kafka import ANSWER_SECONDS, Questions, offsets_of
from settlement_platform.monitoring.offsets import (
    OLD_SECONDS,
    OffsetsReading,
    PartitionReading,
    Position,
    oldest_unread,
)
from settlement_platform.streaming.jobs import job_specs

PEEK_SECONDS = 0.5
PEEKS_SECONDS = 2.0
PEEKED_BYTES = 16_384
CANARY = TopicPartition(captured_topic(SettlementCanary), 0)


def _ask_canary(kafka: Questions) -> Future[Any]:
    """The newest canary record.

    Of those that are committed Kafka has no answer while one is about to be.
    """
    newest = OffsetSpec.max_timestamp()  # type: ignore[no-untyped-call]
    return kafka.ask_offsets([CANARY], newest)[CANARY]


def _instant(answer: Future[Any]) -> dt.datetime | None:
    at_ms = answer.result(ANSWER_SECONDS).timestamp
    return dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC) if at_ms and at_ms > 0 else None


def read_canary_at(settings: Settings) -> dt.datetime | None:
    """Kafka's time of the newest canary record. Raises KafkaException."""
    with Questions(settings.kafka) as kafka:
        return _instant(_ask_canary(kafka))


def read_offsets(settings: Settings) -> OffsetsReading:
    """Every partition's offsets and every job's positions. Raises KafkaException."""
    with Questions(settings.kafka) as kafka:
        return _read(settings, kafka)


def _read(settings: Settings, kafka: Questions) -> OffsetsReading:
    topics = kafka.partitions()
    wanted = [TopicPartition(topic, p) for topic, count in topics.items() for p in range(count)]
    now = time.time()
    earliest = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    old = OffsetSpec.for_timestamp(int((now - OLD_SECONDS) * 1000))
    firsts = kafka.ask_offsets(wanted, earliest)
    canary = _ask_canary(kafka) if CANARY.topic in topics else None
    positions = _positions(kafka, set(topics))
    # One after the other: what is written meanwhile is then younger than all of them.
    stable = offsets_of(kafka.ask_offsets(wanted, latest, IsolationLevel.READ_COMMITTED))
    end = offsets_of(kafka.ask_offsets(wanted, latest))
    first, young = offsets_of(firsts), offsets_of(kafka.ask_offsets(wanted, old))
    partitions = {
        at: PartitionReading(
            first[at], stable[at], end[at], end[at] if young[at] < 0 else young[at]
        )
        for at in end
    }
    doubtful = oldest_unread(positions, partitions)
    return OffsetsReading(
        dt.datetime.fromtimestamp(now, dt.UTC),
        partitions,
        positions,
        None if canary is None else _instant(canary),
        _peek(settings.kafka, doubtful) if doubtful else {},
    )


def _positions(kafka: Questions, there: set[str]) -> list[Position]:
    groups = [
        (job, group, topics)
        for job, spec in job_specs().items()
        for group, topics in spec.consumer_groups.items()
    ]
    return [
        Position(reader, group, at.topic, at.partition, at.offset if at.offset >= 0 else None)
        for reader, group, topics in [*groups, (CORE_CONSUMER, CORE_CONSUMER_GROUP, EVENT_TOPICS)]
        if (wanted := [TopicPartition(topic, 0) for topic in topics if topic in there])
        for at in kafka.positions(group, wanted)
    ]


def _peek(
    bootstrap: str, wanted: set[tuple[str, int, int]]
) -> dict[tuple[str, int, int], dt.datetime | None]:
    """When the first readable record from an offset on was written; None where there is none.

    What could not be told in time is left out.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "settlement-monitoring",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": PEEKED_BYTES,
            "fetch.wait.max.ms": 50,
            "log_level": 0,
        }
    )
    found: dict[tuple[str, int, int], dt.datetime | None] = {}
    deadline = time.monotonic() + PEEKS_SECONDS
    try:
        for topic, partition, offset in sorted(wanted):
            if time.monotonic() > deadline:
                break
            consumer.assign([TopicPartition(topic, partition, offset)])
            message = consumer.poll(PEEK_SECONDS)
            if message is None:
                continue
            error = message.error()
            if error is None:
                at_ms = message.timestamp()[1]
                found[topic, partition, offset] = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
            elif error.code() == KafkaError._PARTITION_EOF:
                found[topic, partition, offset] = None
            else:
                raise KafkaException(error)
    finally:
        consumer.close()
    return found
