"""Truths of the capture: the connector runs, and Kafka's topics are as declared."""

from __future__ import annotations

from settlement_platform.capture.connect_client import ConnectClient, state_of
from settlement_platform.capture.connectors import CONNECTORS, CORE_CONNECTOR
from settlement_platform.capture.kafka_client import KafkaClient, Topic
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import TopicSpec, topic_specs
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of


def connector_checks(state: str | Unread, name: str = "connector_runs") -> list[Check]:
    """A connector and its task: that on the core, unless another is named."""
    if isinstance(state, Unread):
        cause = f"Kafka Connect does not answer: {state.cause}"
        return [fails(name, cause, read_logs_of("connect"))]
    if state != "RUNNING":
        remedy = "run 'settlement up', then 'settlement logs connect'"
        return [fails(name, f"the connector's state is {state}", remedy, state=state)]
    return [holds(name, "connector and task", state=state)]


def v2_connector_checks(state: str | Unread) -> list[Check]:
    """The connector on V2 and its task."""
    return connector_checks(state, "v2_connector_runs")


def outbox_connector_checks(state: str | Unread) -> list[Check]:
    """The connector on V2's outbox and its task."""
    return connector_checks(state, "outbox_connector_runs")


def topic_differences(wanted: tuple[TopicSpec, ...], found: dict[str, Topic]) -> list[str]:
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
    found: dict[str, Topic] | Unread, wanted: tuple[TopicSpec, ...] | None = None
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


def connector_state(settings: Settings, name: str = CORE_CONNECTOR) -> str:
    """One word for a connector and its task. Raises CaptureError."""
    with ConnectClient(settings.connect, patience_seconds=0) as connect:
        return state_of(connect.status(name))


def connector_states(settings: Settings) -> dict[str, str]:
    """One word for each connector that is declared and its task. Raises CaptureError."""
    with ConnectClient(settings.connect, patience_seconds=0) as connect:
        found = connect.connectors()
    return {name: state_of(found.get(name)) for name in CONNECTORS}


def read_topics(settings: Settings) -> dict[str, Topic]:
    """The declared topics as Kafka has them. Raises CaptureError."""
    with KafkaClient(settings.kafka) as kafka:
        return kafka.topics({spec.name for spec in topic_specs()})
