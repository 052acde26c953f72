"""Records that a repair writes to the topics."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, Producer

from settlement_platform.errors import CaptureError

FLUSH_SECONDS = 30.0
BY_KEY = -1
"""The partition that Kafka's partitioner chooses."""


@dataclass(frozen=True)
class TopicRecord:
    """A record to be written: topic, key and value as the connector writes them."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int = BY_KEY


def as_written(value: Mapping[str, object]) -> bytes:
    """A key or an envelope as Kafka Connect's JSON converter writes it: dense, what is not ASCII as
    it is. A key that were escaped would be another key. Pure."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def write_records(kafka: str, records: Iterable[TopicRecord]) -> None:
    """Write records to the topics, those of a partition in their order. Raises CaptureError unless
    each is acknowledged."""
    failed: list[str] = []

    def noted(error: KafkaError | None, _: object) -> None:
        if error is not None:
            failed.append(str(error))

    producer = Producer(
        {"bootstrap.servers": kafka, "enable.idempotence": True, "linger.ms": 5, "log_level": 0}
    )
    remedy = "see 'settlement logs kafka', then the same command again: it repeats nothing"
    try:
        for record in records:
            producer.produce(
                record.topic, record.value, record.key, record.partition, on_delivery=noted
            )
            producer.poll(0)
        waiting = producer.flush(FLUSH_SECONDS)
    except (KafkaException, BufferError) as error:
        raise CaptureError(f"Kafka at {kafka} took no record: {error}", remedy) from error
    if failed or waiting:
        reason = failed[0] if failed else f"no answer within {FLUSH_SECONDS:g} s"
        raise CaptureError(f"Kafka at {kafka} did not take every record: {reason}", remedy)
