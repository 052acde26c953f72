"""Brings Kafka's topics to their contracts, before anything writes to them."""

from __future__ import annotations

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from settlement_platform.contracts.topics import TopicSpec
from settlement_platform.errors import CaptureError

TIMEOUT_SECONDS = 15.0


def admin(bootstrap: str) -> AdminClient:
    """An admin client that gives up in seconds and prints nothing by itself."""
    return AdminClient(
        {"bootstrap.servers": bootstrap, "socket.timeout.ms": 10_000, "log_level": 0}
    )


def converge_topics(bootstrap: str, specs: tuple[TopicSpec, ...]) -> list[str]:
    """Create the topics that are missing and set the configuration of those that differ.

    Returns what was changed, a line each. Raises CaptureError when a topic has another number of
    partitions than its contract: changing that would break the order of its records.
    """
    client = admin(bootstrap)
    try:
        existing = client.list_topics(timeout=TIMEOUT_SECONDS).topics
        changes = _create(client, [spec for spec in specs if spec.name not in existing])
        for spec in specs:
            if spec.name not in existing:
                continue
            found = len(existing[spec.name].partitions)
            if found != spec.partitions:
                raise CaptureError(
                    f"topic {spec.name} has {found} partitions, its contract says "
                    f"{spec.partitions}",
                    "make it again with the declared number, or change the contract on purpose",
                )
            changes += _configure(client, spec)
    except KafkaException as error:
        raise CaptureError(
            f"Kafka at {bootstrap} refused: {error}", "see 'settlement logs kafka'"
        ) from error
    return changes


def _create(client: AdminClient, missing: list[TopicSpec]) -> list[str]:
    if not missing:
        return []
    new = [
        NewTopic(spec.name, spec.partitions, replication_factor=1, config=spec.config)
        for spec in missing
    ]
    for future in client.create_topics(new, operation_timeout=TIMEOUT_SECONDS).values():
        future.result(TIMEOUT_SECONDS)
    return [f"created {spec.name}" for spec in missing]


def _configure(client: AdminClient, spec: TopicSpec) -> list[str]:
    resource = ConfigResource(ResourceType.TOPIC, spec.name)
    found = client.describe_configs([resource])[resource].result(TIMEOUT_SECONDS)
    wrong = {k: v for k, v in spec.config.items() if found[k].value != v}
    if not wrong:
        return []
    for key, value in wrong.items():
        resource.add_incremental_config(
            ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        )
    client.incremental_alter_configs([resource])[resource].result(TIMEOUT_SECONDS)
    return [f"set {key}={value} on {spec.name}" for key, value in wrong.items()]
