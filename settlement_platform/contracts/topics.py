"""The Kafka topics: names, partitions and retention, declared before anything writes to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from settlement_platform.contracts.core import CAPTURED_TABLES, SettlementCanary, SettlementSignal
from settlement_platform.contracts.scalars import CoreBase

TOPIC_PREFIX = "sabpaisa"
CORE_SCHEMA = "public"
FOREVER_MS = -1
DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class TopicSpec:
    """One topic as it must be.

    One partition a captured table: the order of the topic is then the order of the core's commits,
    a replay meets the same records in the same order, and a version guard can rely on it.
    """

    name: str
    partitions: int = 1
    config: dict[str, str] = field(default_factory=dict)


def captured_topic(table: type[CoreBase]) -> str:
    """Debezium's name of the topic of a captured table."""
    return f"{TOPIC_PREFIX}.{CORE_SCHEMA}.{table.__tablename__}"


def _retention_ms(table: type[CoreBase]) -> int:
    return DAY_MS if table is SettlementCanary else FOREVER_MS


def topic_specs() -> tuple[TopicSpec, ...]:
    """Every topic of the chain, in flow order."""
    captured = tuple(
        TopicSpec(
            captured_topic(table),
            config={"cleanup.policy": "delete", "retention.ms": str(_retention_ms(table))},
        )
        for table in CAPTURED_TABLES
    )
    heartbeat = TopicSpec(
        f"__debezium-heartbeat.{TOPIC_PREFIX}",
        config={"cleanup.policy": "delete", "retention.ms": str(DAY_MS)},
    )
    signals = TopicSpec(
        captured_topic(SettlementSignal),
        config={"cleanup.policy": "delete", "retention.ms": str(DAY_MS)},
    )
    return (*captured, heartbeat, signals)
