"""Reads how far each job has come: committed offsets, ends of topics, canaries."""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import dataclass

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    TopicPartition,
)

from settlement_platform.contracts.core import SettlementCanary
from settlement_platform.contracts.topics import captured_topic
from settlement_platform.kafka import Questions
from settlement_platform.streaming.as_of import Ends, PendingCanaries, Positions
from settlement_platform.streaming.jobs import JobSpec

TIMEOUT_SECONDS = 5.0
FETCH_BYTES = 65_536
STANDING_SECONDS = 5.0
PARTITION = 0
"""A captured table's topic has one partition."""


@dataclass
class _Question:
    """Since when a position stands before an end, and whether only markers follow it."""

    since: float
    answer: bool | None = None


def _consumer(bootstrap: str, group: str, wait_ms: int) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.message.max.bytes": FETCH_BYTES,
            "fetch.wait.max.ms": wait_ms,
            "reconnect.backoff.max.ms": 1000,
            "log_level": 0,
        }
    )


class ProgressReader:
    """Follows the canary topic and the offsets of the jobs' consumer groups."""

    def __init__(self, bootstrap: str, jobs: list[JobSpec]) -> None:
        self._kafka = Questions(bootstrap)
        self._groups = {g: topics for job in jobs for g, topics in job.consumer_groups.items()}
        self._canary_topic = captured_topic(SettlementCanary)
        self._data_topics = sorted(
            {topic for topics in self._groups.values() for topic in topics} - {self._canary_topic}
        )
        self._canaries = _consumer(bootstrap, "settlement-keeper", 500)
        self._peeker = _consumer(bootstrap, "settlement-keeper-peek", 100)
        self._canaries.assign([self._from_newest()])
        self.pending = PendingCanaries()
        self.seen: Positions = {}
        """The committed offsets at the last look."""
        self._asked: dict[tuple[str, int, int], _Question] = {}

    def _from_newest(self) -> TopicPartition:
        partition = TopicPartition(self._canary_topic, PARTITION)
        _, end = self._canaries.get_watermark_offsets(partition, timeout=TIMEOUT_SECONDS)
        partition.offset = max(end - 10, 0) if end else OFFSET_BEGINNING
        return partition

    def close(self) -> None:
        """Leave Kafka."""
        self._canaries.close()
        self._peeker.close()
        self._kafka.close()

    def _newest_canary(self) -> dt.datetime | None:
        newest = None
        for message in self._canaries.consume(100, timeout=0.02):
            value = message.value()
            if message.error() is None and value:
                image = json.loads(value).get("after") or {}
                newest = dt.datetime.fromisoformat(image["beat_at"])
        return newest

    def _ends(self) -> Ends:
        return {topic: self._end(topic) for topic in self._data_topics}

    def _end(self, topic: str) -> int:
        """Offset after the last readable record or marker of a topic."""
        partition = TopicPartition(topic, PARTITION)
        return int(self._canaries.get_watermark_offsets(partition, timeout=TIMEOUT_SECONDS)[1])

    def positions(self) -> Positions:
        """The committed offset of each group on each of its data topics; 0 before the first."""
        found: Positions = {}
        for group, topics in self._groups.items():
            wanted = [TopicPartition(t, PARTITION) for t in topics if t != self._canary_topic]
            for partition in self._kafka.positions(group, wanted):
                found[group, partition.topic] = max(partition.offset, 0)
        return found

    def _only_markers_follow(self, topic: str, offset: int, end: int) -> bool:
        """Whether no record lies between a position and an end: transaction markers take offsets.

        The last record of a transaction is followed by a marker that no reader ever commits past,
        and an aborted transaction by its records too. Asked where it is likely (one offset is
        missing) or where a position has stood still, and each question once.
        """
        question = (topic, offset, end)
        asked_before = self._asked.setdefault(question, _Question(time.monotonic()))
        stood_still = time.monotonic() - asked_before.since > STANDING_SECONDS
        if asked_before.answer is None and (offset == end - 1 or stood_still):
            asked_before.answer = self._peek(topic, offset, end)
        return bool(asked_before.answer)

    def _peek(self, topic: str, offset: int, end: int) -> bool | None:
        self._peeker.assign([TopicPartition(topic, PARTITION, offset)])
        message = self._peeker.poll(1.0)
        # Or it would go on reading the topic, for nobody.
        self._peeker.unassign()
        if message is None:
            return None
        error = message.error()
        if error is not None:
            return True if error.code() == KafkaError._PARTITION_EOF else None
        return (message.offset() or 0) >= end

    def advance(self) -> dt.datetime | None:
        """The newest instant up to which everything is in V2, when it moved since the last call."""
        beat_at = self._newest_canary()
        if beat_at is not None:
            self.pending.saw(beat_at, self._ends())
        if not self.pending.waiting:
            return None
        self.seen = self.positions()
        positions = dict(self.seen)
        oldest = self.pending.waiting[0][1]
        self._asked = {q: a for q, a in self._asked.items() if q[2] == oldest.get(q[0])}
        for (group, topic), offset in positions.items():
            end = oldest.get(topic, 0)
            if offset < end and self._only_markers_follow(topic, offset, end):
                positions[group, topic] = end
        return self.pending.passed(positions)
