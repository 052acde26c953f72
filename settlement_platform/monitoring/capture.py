"""Truths of the capture: the connector runs, and Kafka's topics are as declared."""

from __future__ import annotations

from dataclasses import dataclass

from confluent_kafka.admin import ConfigResource, ResourceType

from settlement_platform.capture.connect_client import ConnectClient, state_of
from settlement_platform.capture.connectors import CORE_CONNECTOR
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import TopicSpec, topic_specs
from settlement_platform.kafka import ANSWER_SECONDS, REQUEST_SECONDS, Questions
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of

"""Kafka's client gives up first: one that is let go with a question open takes its process down."""


@dataclass(frozen=True)
class TopicReading:
    """A topic as Kafka has it."""

    partitions: int
    config: dict[str, str]


def connector_checks(state: str | Unread) -> list[Check]:
    """The connector on the core and its task."""
    name = "connector_runs"
    if isinstance(state, Unread):
        cause = f"Kafka Connect does not answer: {state.cause}"
        return [fails(name, cause, read_logs_of("connect"))]
    if state != "RUNNING":
        remedy = "run 'settlement up', then 'settlement logs connect'"
        return [fails(name, f"the connector's state is {state}", remedy, state=state)]
    return [holds(name, "connector and task", state=state)]


def topic_differences(wanted: tuple[TopicSpec, ...], found: dict[str, TopicReading]) -> list[str]:
    """What Kafka has otherwise than the contracts."""
    different = []
    for spec in wanted:
        there = found.get(spec.name)
        if there is None:
            different.append(f"{spec.name} is missing")
            continue
        if there.partitions != spec.partitions:
            different.append(
                f"{spec.name} has {there.partitions} partitions, not {spec.partitions}"
            )
        different += [
            f"{spec.name} has {key}={there.config.get(key)}, not {value}"
            for key, value in spec.config.items()
            if there.config.get(key) != value
        ]
    return different


def topic_checks(
    found: dict[str, TopicReading] | Unread, wanted: tuple[TopicSpec, ...] | None = None
) -> list[Check]:
    """Kafka's topics: all that are declared, or those that are asked for."""
    if isinstance(found, Unread):
        cause = f"Kafka does not answer: {found.cause}"
        return [fails("kafka_answers", cause, read_logs_of("kafka"))]
    name, specs = "topics_are_as_declared", topic_specs() if wanted is None else wanted
    different = topic_differences(specs, found)
    there = [found[spec.name] for spec in specs if spec.name in found]
    partitions_count = sum(reading.partitions for reading in there)
    if different:
        remedy = "run 'settlement up': it sets what may be changed, and says what may not"
        return [fails(name, "; ".join(different), remedy, partitions_count=partitions_count)]
    kept = ", ".join(spec.name for spec in specs)
    return [holds(name, f"partitions and retention: {kept}", partitions_count=partitions_count)]


def connector_state(settings: Settings) -> str:
    """One word for the connector on the core and its task. Raises CaptureError."""
    with ConnectClient(settings.connect) as connect:
        return state_of(connect.status(CORE_CONNECTOR))


def read_topics(settings: Settings) -> dict[str, TopicReading]:
    """The declared topics as Kafka has them. Raises KafkaException."""
    with Questions(settings.kafka) as kafka:
        there = kafka.client.list_topics(timeout=REQUEST_SECONDS).topics
        wanted = [spec.name for spec in topic_specs() if spec.name in there]
        if not wanted:
            return {}
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in wanted]
        asked = kafka.client.describe_configs(resources, request_timeout=REQUEST_SECONDS)
        kafka.asked(asked.values())
        return {
            resource.name: TopicReading(
                len(there[resource.name].partitions),
                {key: entry.value for key, entry in answer.result(ANSWER_SECONDS).items()},
            )
            for resource, answer in asked.items()
        }
