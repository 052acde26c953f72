"""The Kafka topics: names, partitions and retention, declared before anything writes to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from settlement_platform.contracts.batches import Adjustment, SettlementItem
from settlement_platform.contracts.core import CAPTURED_TABLES, SettlementCanary, SettlementSignal
from settlement_platform.contracts.events import event_schemas
from settlement_platform.contracts.scalars import Base, CoreBase
from settlement_platform.contracts.settlement import Restatement

TOPIC_PREFIX = "sabpaisa"
V2_TOPIC_PREFIX = "settlement-v2"
OUTBOX_TOPIC_PREFIX = "settlement-outbox"
CORE_SCHEMA = "public"
V2_SCHEMA = "public"
FOREVER_MS = -1
DAY_MS = 24 * 3600 * 1000
V2_CAPTURED_TABLES: tuple[type[Base], ...] = (Restatement, SettlementItem, Adjustment)
"""Tables of V2 that reach the stream, in flow order."""
EVENT_TOPICS: tuple[str, ...] = tuple(event_schemas())
"""Topics of the events that we publish: one a schema. The key of a record is the batch's id."""
CORE_CONSUMER = "core_consumer"
CORE_CONSUMER_GROUP = "core-settlement-events"
"""The core's own consumer of these, and the group whose offsets tell how far it is."""
EVENT_ID_HEADER = "id"
"""Identity of an event: a repeated one has the same."""
EVENT_TIME_HEADER = "time"
"""When it happened, ISO 8601 in UTC."""
EVENT_VERSION_HEADER = "schema_version"
"""Version of the JSON Schema of the record's value."""


@dataclass(frozen=True)
class TopicSpec:
    """One topic as it must be.

    One partition a captured table: the order of the topic is then the order of the core's commits,
    a replay meets the same records in the same order, and a version guard can rely on it.
    """

    name: str
    partitions: int = 1
    config: dict[str, str] = field(default_factory=dict)


def captured_topic(table: type[CoreBase | Base]) -> str:
    """Debezium's name of the topic of a captured table, of the core or of V2."""
    if issubclass(table, Base):
        return f"{V2_TOPIC_PREFIX}.{V2_SCHEMA}.{table.__tablename__}"
    return f"{TOPIC_PREFIX}.{CORE_SCHEMA}.{table.__tablename__}"


def _retention_ms(table: type[CoreBase | Base]) -> int:
    return DAY_MS if table is SettlementCanary else FOREVER_MS


def topic_specs() -> tuple[TopicSpec, ...]:
    """Every topic of the chain, in flow order."""
    tables: tuple[type[CoreBase | Base], ...] = (*CAPTURED_TABLES, *V2_CAPTURED_TABLES)
    captured = tuple(
        TopicSpec(
            captured_topic(table),
            config={"cleanup.policy": "delete", "retention.ms": str(_retention_ms(table))},
        )
        for table in tables
    )
    heartbeats = tuple(
        TopicSpec(
            f"__debezium-heartbeat.{prefix}",
            config={"cleanup.policy": "delete", "retention.ms": str(DAY_MS)},
        )
        for prefix in (TOPIC_PREFIX, V2_TOPIC_PREFIX, OUTBOX_TOPIC_PREFIX)
    )
    signals = TopicSpec(
        captured_topic(SettlementSignal),
        config={"cleanup.policy": "delete", "retention.ms": str(DAY_MS)},
    )
    events = tuple(
        TopicSpec(name, config={"cleanup.policy": "delete", "retention.ms": str(FOREVER_MS)})
        for name in EVENT_TOPICS
    )
    return (*captured, *heartbeats, signals, *events)
