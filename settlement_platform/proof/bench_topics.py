"""Counting what lies on topics: records, not offsets, of which transaction markers take some."""

from __future__ import annotations

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from settlement_platform.contracts.core import PaymentGatewayResponse, TransactionToSettle
from settlement_platform.contracts.topics import captured_topic
from settlement_platform.errors import ProofError

TIMEOUT_SECONDS = 10.0
BATCH_RECORDS = 20_000
BATCH_SECONDS = 1.0
EMPTY_BATCHES = 10
"""So many in a row mean that the topic cannot be read: its end is told by Kafka itself."""

PARTITION = 0
"""A captured table's topic has one partition."""

DATA_TOPICS = tuple(
    captured_topic(table) for table in (TransactionToSettle, PaymentGatewayResponse)
)


def _consumer(bootstrap: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench-count",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )


def topic_ends(bootstrap: str) -> dict[str, int]:
    """Data topic -> offset after its last readable record."""
    consumer = _consumer(bootstrap)
    try:
        return {
            topic: consumer.get_watermark_offsets(
                TopicPartition(topic, PARTITION), timeout=TIMEOUT_SECONDS
            )[1]
            for topic in DATA_TOPICS
        }
    finally:
        consumer.close()


def _count(consumer: Consumer, topic: str, end: int) -> int:
    first, _ = consumer.get_watermark_offsets(
        TopicPartition(topic, PARTITION), timeout=TIMEOUT_SECONDS
    )
    consumer.assign([TopicPartition(topic, PARTITION, first)])
    records = empty = 0
    while empty < EMPTY_BATCHES:
        messages = consumer.consume(BATCH_RECORDS, timeout=BATCH_SECONDS)
        empty = 0 if messages else empty + 1
        for message in messages:
            error = message.error()
            if error is None and int(message.offset() or 0) < end:
                records += 1
            elif error is None or error.code() == KafkaError._PARTITION_EOF:
                return records
            else:
                raise KafkaException(error)
    raise ProofError(f"topic {topic} cannot be read", "see 'settlement logs kafka'")


def count_records(bootstrap: str, ends: dict[str, int]) -> int:
    """Records on the data topics before these ends."""
    consumer = _consumer(bootstrap)
    try:
        return sum(_count(consumer, topic, end) for topic, end in ends.items())
    finally:
        consumer.close()
