"""Questions to Kafka, and a client that outlives them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, wait
from typing import Any, Final, Self

from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

REQUEST_SECONDS: Final = 4.0
ANSWER_SECONDS: Final = 2 * REQUEST_SECONDS
"""Kafka's client gives up a question first, after REQUEST_SECONDS."""

_kept: set[Questions] = set()
_askers: dict[tuple[str, str], Consumer] = {}
_keeping = threading.Lock()


def _asker(bootstrap: str, group: str) -> Consumer:
    """A consumer that is no member of its group, one for all questions of this process.

    An admin client that asks for a group's offsets takes its process down when the broker is just
    taking its groups up (librdkafka#5040); a consumer looks for its coordinator again.
    """
    with _keeping:
        if (bootstrap, group) not in _askers:
            _askers[bootstrap, group] = Consumer(
                {
                    "bootstrap.servers": bootstrap,
                    "group.id": group,
                    "enable.auto.commit": False,
                    "reconnect.backoff.max.ms": 1000,
                    "log_level": 0,
                }
            )
        return _askers[bootstrap, group]


class Questions:
    """Questions to one Kafka.

    A client of confluent-kafka that is let go with a question open takes its process down. Here
    answers are waited for, and where even that is not enough (a broker that is frozen), the client
    is kept until they have come.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self.client: AdminClient = AdminClient(
            {"bootstrap.servers": bootstrap, "socket.timeout.ms": 10_000, "log_level": 0}
        )
        self._open: list[Future[Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for the answers that are missing. Raises nothing."""
        wait(self._open, ANSWER_SECONDS)
        with _keeping:
            _kept.add(self)
            _kept.difference_update([one for one in _kept if not one.are_open()])

    def are_open(self) -> bool:
        """Whether Kafka still owes an answer."""
        self._open = [one for one in self._open if not one.done()]
        return bool(self._open)

    def asked(self, answers: Iterable[Future[Any]]) -> list[Future[Any]]:
        """The answers to what was just asked of the client, which are waited for from now on."""
        new = list(answers)
        self.are_open()
        self._open += new
        return new

    def partitions(self) -> dict[str, int]:
        """Topic -> partitions, of the whole cluster. Raises KafkaException."""
        topics = self.client.list_topics(timeout=REQUEST_SECONDS).topics
        return {name: len(about.partitions) for name, about in topics.items()}

    def ask_offsets(
        self,
        wanted: Iterable[TopicPartition],
        spec: OffsetSpec,
        level: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
    ) -> Mapping[TopicPartition, Future[Any]]:
        """Offsets that fit a specification, one answer a partition."""
        asked = self.client.list_offsets(
            dict.fromkeys(wanted, spec), isolation_level=level, request_timeout=REQUEST_SECONDS
        )
        self.asked(asked.values())
        return asked

    def positions(self, group: str, wanted: Iterable[TopicPartition]) -> list[TopicPartition]:
        """What a group has committed of some partitions; a negative offset where it has nothing.

        Raises KafkaException.
        """
        found = _asker(self._bootstrap, group).committed(list(wanted), timeout=REQUEST_SECONDS)
        for one in found:
            if one.error is not None:
                raise KafkaException(one.error)
        return found


def offsets_of(asked: Mapping[TopicPartition, Future[Any]]) -> dict[tuple[str, int], int]:
    """(topic, partition) -> offset, of what was asked. Raises KafkaException."""
    return {
        (at.topic, at.partition): int(answer.result(ANSWER_SECONDS).offset)
        for at, answer in asked.items()
    }
