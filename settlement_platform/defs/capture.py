"""CAPTURE: the connectors, whose materialization converges them, and the topics that they fill."""

from __future__ import annotations

import dagster as dg

from settlement_platform.capture.connectors import (
    CORE_CONNECTOR,
    OUTBOX_CONNECTOR,
    V2_CONNECTOR,
    Address,
    ConnectorSpec,
    core_connector,
    outbox_connector,
    v2_connector,
)
from settlement_platform.config import settings
from settlement_platform.contracts.core import CAPTURED_TABLES, SettlementSignal
from settlement_platform.contracts.events import event_schemas
from settlement_platform.contracts.records import OutboxEvent
from settlement_platform.contracts.topics import (
    DAY_MS,
    EVENT_TOPICS,
    FOREVER_MS,
    OUTBOX_TOPIC_PREFIX,
    TOPIC_PREFIX,
    V2_CAPTURED_TABLES,
    V2_TOPIC_PREFIX,
    TopicSpec,
    topic_specs,
)
from settlement_platform.defs.naming import (
    CAPTURE,
    OWNERS,
    connector_key,
    core_key,
    pool,
    topic_key,
    v2_key,
)
from settlement_platform.defs.resources import Capture, Connect, Kafka
from settlement_platform.defs.tables import table_of

CONVERGED_FIRST = {"dagster/priority": "1"}
"""Within one run the topics are there before the Flink jobs that read them."""

# What the connectors are, whatever the addresses: they are known when they are converged.
DECLARED = {
    CORE_CONNECTOR: core_connector(Address("<core host>", 0, "<core database>"), "<secrets>"),
    V2_CONNECTOR: v2_connector(Address("<V2 host>", 0, "<V2 database>"), "<secrets>"),
    OUTBOX_CONNECTOR: outbox_connector(Address("<V2 host>", 0, "<V2 database>"), "<secrets>"),
}
MEANINGS = {
    CORE_CONNECTOR: "Debezium on the core: one replication slot for all captured tables, so one "
    "order.",
    V2_CONNECTOR: "Debezium on V2: what people and schedules decide there, on its way to the "
    "stream.",
    OUTBOX_CONNECTOR: "Debezium's outbox router: each event that a batch's step wrote, on its "
    "topic.",
}
TABLES = {
    CORE_CONNECTOR: [core_key(table_of(model).name) for model in CAPTURED_TABLES],
    V2_CONNECTOR: [v2_key(table_of(model).name) for model in V2_CAPTURED_TABLES],
    OUTBOX_CONNECTOR: [v2_key(table_of(OutboxEvent).name)],
}


def _connector(spec: ConnectorSpec) -> dg.AssetsDefinition:
    @dg.asset(
        key=connector_key(spec.name),
        description=(
            f"{MEANINGS[spec.name]} Materializing it converges: it creates the topics that are "
            "missing, sets what differs in their configuration, and gives Kafka Connect this "
            "connector. Repeating it changes nothing."
        ),
        group_name=CAPTURE,
        owners=OWNERS,
        kinds={"debezium", "kafka"},
        deps=TABLES[spec.name],
        code_version=spec.code_version,
        metadata={"configuration": dg.MetadataValue.json(spec.config)},
        pool=pool(spec.name),
        op_tags=CONVERGED_FIRST,
    )
    def converged(capture: Capture) -> dg.MaterializeResult[None]:
        """Converge the topics and the connector."""
        done = capture.converge(spec.name)
        return dg.MaterializeResult(
            metadata={
                "connector": done.connector_change,
                "state": done.connector_state,
                "topics": dg.MetadataValue.md(
                    "\n".join(f"- {change}" for change in done.topic_changes) or "same"
                ),
                "configuration": dg.MetadataValue.json(done.config),
                "status": dg.MetadataValue.url(done.url),
            }
        )

    return converged


def retention(retention_ms: int) -> str:
    """How long a topic keeps a record, in words."""
    if retention_ms == FOREVER_MS:
        return "forever"
    days = retention_ms / DAY_MS
    return "1 day" if days == 1 else f"{days:g} days"


OTHER_TOPICS = {
    TOPIC_PREFIX: (
        "Debezium's heartbeats: they let the connector commit its place when the core is quiet. "
        "Nobody reads them."
    ),
    V2_TOPIC_PREFIX: (
        "Debezium's heartbeats: they let the connector pass by what V2 writes for itself. Nobody "
        "reads them."
    ),
    OUTBOX_TOPIC_PREFIX: (
        "Debezium's heartbeats: they let the connector pass by what V2 writes beside its outbox. "
        "Nobody reads them."
    ),
    table_of(SettlementSignal).name: (
        "What the connector was asked to read again, and its marks around each reading. Nobody "
        "reads them."
    ),
}
"""The last part of a topic's name -> what is on it, of topics that are no captured table's."""


def _meaning(topic: str) -> str:
    if topic in EVENT_TOPICS:
        newest = list(event_schemas()[topic].values())[-1]
        return f"{newest['description']} Key: the batch's id; headers: id, time, schema version."
    captured = topic.rpartition(".")[2]
    is_of_v2 = V2_TOPIC_PREFIX in topic
    whose, models = ("V2", V2_CAPTURED_TABLES) if is_of_v2 else ("the core", CAPTURED_TABLES)
    if captured not in {table_of(model).name for model in models}:
        return OTHER_TOPICS[captured]
    return (
        f"Every change of `{captured}` in Debezium's envelope, before and after, in the order "
        f"of {whose}'s commits."
    )


def _filled_by(topic: str) -> str:
    if topic in EVENT_TOPICS or OUTBOX_TOPIC_PREFIX in topic:
        return OUTBOX_CONNECTOR
    return V2_CONNECTOR if V2_TOPIC_PREFIX in topic else CORE_CONNECTOR


def _topic(spec: TopicSpec) -> dg.AssetSpec:
    return dg.AssetSpec(
        topic_key(spec.name),
        description=_meaning(spec.name),
        group_name=CAPTURE,
        owners=OWNERS,
        kinds={"kafka"},
        deps=[connector_key(_filled_by(spec.name))],
        metadata={
            "topic": spec.name,
            "partitions": spec.partitions,
            "retention": retention(int(spec.config["retention.ms"])),
        },
    )


defs = dg.Definitions(
    assets=[*map(_connector, DECLARED.values()), *(_topic(spec) for spec in topic_specs())],
    resources={
        "capture": Capture(settings=settings),
        "connect": Connect(settings=settings),
        "kafka": Kafka(settings=settings),
    },
)
