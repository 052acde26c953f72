"""Brings Kafka's topics to their contracts, before anything writes to them."""

from __future__ import annotations

from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from settlement_platform.capture.kafka_client import told
from settlement_platform.contracts.topics import TopicSpec
from settlement_platform.errors import CaptureError
from settlement_platform.kafka import Questions

TIMEOUT_SECONDS = 15.0


def converge_topics(bootstrap: str, specs: tuple[TopicSpec, ...]) -> list[str]:
    """Create the topics that are missing and set the configuration of those that differ.

    Returns what was changed, a line each. Raises CaptureError when a topic has another number of
    partitions than its contract: changing that would break the order of its records.
    """
    with told(bootstrap), Questions(bootstrap) as kafka:
        return _converge(kafka, specs)


def _converge(kafka: Questions, specs: tuple[TopicSpec, ...]) -> list[str]:
    existing = kafka.client.list_topics(timeout=TIMEOUT_SECONDS).topics
    changes = _create(kafka, [spec for spec in specs if spec.name not in existing])
    for spec in specs:
        if spec.name not in existing:
            continue
        found = len(existing[spec.name].partitions)
        if found != spec.partitions:
            raise CaptureError(
                f"topic {spec.name} has {found} partitions, its contract says {spec.partitions}",
                "make it again with the declared number, or change the contract on purpose",
            )
        changes += _configure(kafka, spec)
    return changes


def _create(kafka: Questions, missing: list[TopicSpec]) -> list[str]:
    if not missing:
        return []
    new = [
        NewTopic(spec.name, spec.partitions, replication_factor=1, config=spec.config)
        for spec in missing
    ]
    asked = kafka.client.create_topics(new, operation_timeout=TIMEOUT_SECONDS)
    for answer in kafka.asked(asked.values()):
        answer.result(TIMEOUT_SECONDS)
    return [f"created {spec.name}" for spec in missing]


def _configure(kafka: Questions, spec: TopicSpec) -> list[str]:
    resource = ConfigResource(ResourceType.TOPIC, spec.name)
    [described] = kafka.asked(kafka.client.describe_configs([resource]).values())
    found = described.result(TIMEOUT_SECONDS)
    wrong = {k: v for k, v in spec.config.items() if found[k].value != v}
    if not wrong:
        return []
    for key, value in wrong.items():
        resource.add_incremental_config(
            ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        )
    [altered] = kafka.asked(kafka.client.incremental_alter_configs([resource]).values())
    altered.result(TIMEOUT_SECONDS)
    return [f"set {key}={value} on {spec.name}" for key, value in wrong.items()]
