"""Kafka, read: topics, offsets, consumer groups and their lag."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import ConfigResource, OffsetSpec, ResourceType

from settlement_platform.errors import CaptureError
from settlement_platform.kafka import ANSWER_SECONDS, REQUEST_SECONDS, Questions, offsets_of

Partition = tuple[str, int]
"""A topic, and the number of one of its partitions."""


@dataclass(frozen=True)
class Topic:
    """A topic as Kafka has it: its configuration with what follows from the broker's."""

    partitions: int
    config: dict[str, str]


@dataclass(frozen=True)
class PartitionOffsets:
    """Offsets of a partition: its first record, the end of what is committed, and its end."""

    first: int
    stable: int
    end: int


@contextmanager
def told(bootstrap: str) -> Iterator[None]:
    """What Kafka says against it as a CaptureError."""
    try:
        yield
    except KafkaException as error:
        raise CaptureError(
            f"Kafka at {bootstrap} refused, or does not answer: {error}",
            "see 'settlement status' and 'settlement logs kafka'",
        ) from error


class KafkaClient:
    """One Kafka. Every call raises CaptureError; Kafka's own client asks again within its bound."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._kafka = Questions(bootstrap)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kafka.close()

    def topics(self, names: Collection[str] | None = None) -> dict[str, Topic]:
        """All topics, or those of these names that are there."""
        with told(self._bootstrap):
            partitions = self._kafka.partitions()
            wanted = [name for name in partitions if names is None or name in names]
            if not wanted:
                return {}
            resources = [ConfigResource(ResourceType.TOPIC, name) for name in wanted]
            asked = self._kafka.client.describe_configs(resources, request_timeout=REQUEST_SECONDS)
            self._kafka.asked(asked.values())
            return {
                resource.name: Topic(
                    partitions[resource.name],
                    {key: entry.value for key, entry in answer.result(ANSWER_SECONDS).items()},
                )
                for resource, answer in asked.items()
            }

    def offsets(self, topics: Collection[str]) -> dict[Partition, PartitionOffsets]:
        """Every partition of these topics, those that are there."""
        earliest = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        with told(self._bootstrap):
            counts = self._kafka.partitions()
            wanted = [TopicPartition(t, p) for t in topics for p in range(counts.get(t, 0))]
            firsts = self._kafka.ask_offsets(wanted, earliest)
            # One after the other: an end is never before what was committed.
            stable = self._committed_ends(wanted)
            ends = offsets_of(self._kafka.ask_offsets(wanted, latest))
            first = offsets_of(firsts)
        return {at: PartitionOffsets(first[at], stable[at], end) for at, end in ends.items()}

    def groups(self) -> dict[str, str]:
        """Every consumer group, with its state in Kafka's word."""
        with told(self._bootstrap):
            asked = self._kafka.client.list_consumer_groups(request_timeout=REQUEST_SECONDS)
            [answer] = self._kafka.asked([asked])
            found = answer.result(ANSWER_SECONDS)
            for error in found.errors:
                raise KafkaException(error)
            return {one.group_id: one.state.name for one in found.valid}

    def positions(self, group: str) -> dict[Partition, int]:
        """What a group has committed; nothing of partitions where it has not."""
        with told(self._bootstrap):
            counts = self._kafka.partitions()
            wanted = [TopicPartition(topic, p) for topic, n in counts.items() for p in range(n)]
            found = self._kafka.positions(group, wanted)
        return {(at.topic, at.partition): at.offset for at in found if at.offset >= 0}

    def lag(self, group: str) -> dict[Partition, int]:
        """Records and markers that a group could read and has not committed, by partition."""
        positions = self.positions(group)
        with told(self._bootstrap):
            ends = self._committed_ends([TopicPartition(*at) for at in positions])
        return {at: max(ends[at] - position, 0) for at, position in positions.items()}

    def _committed_ends(self, wanted: list[TopicPartition]) -> dict[Partition, int]:
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        level = IsolationLevel.READ_COMMITTED
        return offsets_of(self._kafka.ask_offsets(wanted, latest, level))
