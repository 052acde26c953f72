"""The simulated core's consumer of settlement's events.

Run by supervisord as `python -m settlement_platform.simulator.events.consumer`. It reads what is
committed, from where the core's own database says. What the consumer group has committed is for
those who look at its lag, and for nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import psycopg
import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_fixed

from settlement_platform.config import Settings, settings
from settlement_platform.contracts.topics import CORE_CONSUMER_GROUP, EVENT_TOPICS, topic_specs
from settlement_platform.simulator.core_writer import connect
from settlement_platform.simulator.events.effects import Record, consume, positions

MOST_RECORDS = 100
LONGEST_WAIT_SECONDS = 1.0
AFTER_FAILURE_SECONDS = 0.5

log = structlog.get_logger()


@contextmanager
def _reading(bootstrap: str, known: dict[tuple[str, int], int]) -> Iterator[Consumer]:
    """The topics of events, each from its place. No group is joined: a new process begins at once,
    whatever became of the one before."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": CORE_CONSUMER_GROUP,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 100,
            "reconnect.backoff.max.ms": 500,
            "log_level": 0,
        }
    )
    places = [
        TopicPartition(spec.name, part, known.get((spec.name, part), OFFSET_BEGINNING))
        for spec in topic_specs()
        if spec.name in EVENT_TOPICS
        for part in range(spec.partitions)
    ]
    try:
        consumer.assign(places)
        yield consumer
    finally:
        consumer.close()


def _record(message: Message) -> Record:
    error = message.error()
    if error is not None:
        raise KafkaException(error)
    headers = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    return Record(
        str(message.topic()),
        cast("int", message.partition()),
        cast("int", message.offset()),
        dict(headers),
        message.value(),
    )


def follow(wanted: Settings) -> None:
    """Consume for ever. Raises KafkaException and psycopg.Error when one of the two is away."""
    with connect(wanted.core_dsn) as core, _reading(wanted.kafka, positions(core)) as consumer:
        log.info("following", topics=list(EVENT_TOPICS))
        while True:
            for message in consumer.consume(MOST_RECORDS, LONGEST_WAIT_SECONDS):
                record = _record(message)
                effect = consume(core, record)
                log.info(
                    "event",
                    topic=record.topic,
                    offset=record.offset,
                    changed=effect.changed,
                    refused=effect.refused,
                )
                consumer.commit(message=message, asynchronous=True)


def main() -> None:
    """Follow the events until the process is told to stop; what is away is waited for."""
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )

    def tell(state: RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        log.warning("interrupted", cause=str(failure)[:200])

    Retrying(
        retry=retry_if_exception_type((KafkaException, psycopg.Error, OSError)),
        wait=wait_fixed(AFTER_FAILURE_SECONDS),
        before_sleep=tell,
    )(follow, settings())


if __name__ == "__main__":
    main()
