"""The Debezium connectors, on the core and on V2: their specifications. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from settlement_platform.contracts.core import CAPTURED_TABLES, SettlementCanary, SettlementSignal
from settlement_platform.contracts.records import OutboxEvent
from settlement_platform.contracts.scalars import Base
from settlement_platform.contracts.topics import (
    CORE_SCHEMA,
    EVENT_TIME_HEADER,
    EVENT_VERSION_HEADER,
    OUTBOX_TOPIC_PREFIX,
    TOPIC_PREFIX,
    V2_CAPTURED_TABLES,
    V2_SCHEMA,
    V2_TOPIC_PREFIX,
)

CORE_CONNECTOR = "sabpaisa-core"
SLOT = "settlement_core"
PUBLICATION = "settlement_publication"
V2_CONNECTOR = "settlement-v2"
V2_SLOT = "settlement_v2"
V2_PUBLICATION = "settlement_v2_publication"
V2_BEAT = "settlement_beat"
OUTBOX_CONNECTOR = "settlement-outbox"
OUTBOX_SLOT = "settlement_outbox"
OUTBOX_PUBLICATION = "settlement_outbox_publication"
CONNECTORS = (CORE_CONNECTOR, V2_CONNECTOR, OUTBOX_CONNECTOR)
"""Every connector by name, in flow order."""
SECRETS = "${secrets:%s:%s}"
HEARTBEAT_MS = 1000
CONNECT = "org.apache.kafka.connect"


@dataclass(frozen=True)
class ConnectorSpec:
    """A connector as it must be: its name and its whole configuration."""

    name: str
    config: dict[str, str]

    @property
    def code_version(self) -> str:
        """Hash of the configuration: it changes exactly when the connector would."""
        return hashlib.sha256(json.dumps(self.config, sort_keys=True).encode()).hexdigest()[:16]

    def is_run_by(self, running: dict[str, str]) -> bool:
        """Whether a configuration is this one; Kafka Connect adds the name to it."""
        return {**running, "name": self.name} == {**self.config, "name": self.name}


@dataclass(frozen=True)
class Address:
    """Where a database is."""

    host: str
    port: int
    database: str


def _connector(address: Address, role: str, secrets_dir: str) -> dict[str, str]:
    """What every connector of ours has in common: exactly once, in order, nothing made in passing.

    Its password is a reference that Connect resolves; nobody who reads the configuration sees it.
    """
    return {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": "1",
        "database.hostname": address.host,
        "database.port": str(address.port),
        "database.user": role,
        "database.password": SECRETS % (secrets_dir, role),
        "database.dbname": address.database,
        "plugin.name": "pgoutput",
        # The publication and the topics are declared elsewhere: here nothing is made in passing.
        "publication.autocreate.mode": "disabled",
        "topic.creation.enable": "false",
        "snapshot.mode": "initial",
        "snapshot.fetch.size": "10000",
        "decimal.handling.mode": "string",
        "tombstones.on.delete": "false",
        "exactly.once.support": "required",
        "transaction.boundary": "poll",
        # Longer than a slow machine takes for a batch, or the task fails; short: a worker that
        # was killed reads its offsets behind what it left open.
        "producer.override.transaction.timeout.ms": "15000",
        # A poll's records go out together, when its transaction is committed: nobody waits longer.
        "producer.override.linger.ms": "5",
        # Connect waits for each request before it sends the next: a poll's records go in one.
        "producer.override.batch.size": "524288",
        "heartbeat.interval.ms": str(HEARTBEAT_MS),
        # A slot that does not fit the stored offset is an error, never a silent gap.
        "offset.mismatch.strategy": "trust_offset",
        "slot.drop.on.stop": "false",
        "slot.max.retries": "60",
        "slot.retry.delay.ms": "500",
        "retriable.restart.connector.wait.ms": "500",
        "errors.max.retries": "-1",
        "status.update.interval.ms": "1000",
    }


def core_connector(address: Address, secrets_dir: str) -> ConnectorSpec:
    """One connector for all captured tables: one slot, one order."""
    canary = SettlementCanary.__tablename__
    tables = ",".join(f"{CORE_SCHEMA}.{table.__tablename__}" for table in CAPTURED_TABLES)
    config = _connector(address, "settlement_capture", secrets_dir) | {
        "topic.prefix": TOPIC_PREFIX,
        "table.include.list": tables,
        "slot.name": SLOT,
        "publication.name": PUBLICATION,
        # A poll waits as long for more records as it may: this much of every payment's latency.
        "poll.interval.ms": "10",
        "max.batch.size": "2048",
        "max.queue.size": "8192",
        # A canary each second: it proves that data moves, and lets the slot advance at night.
        "heartbeat.action.query": (
            f"UPDATE {CORE_SCHEMA}.{canary} SET beat_at = clock_timestamp() WHERE canary_id = 1"
        ),
        # Signals come through the core's own log: in order, and kept while the connector is away.
        "signal.enabled.channels": "source",
        "signal.data.collection": f"{CORE_SCHEMA}.{SettlementSignal.__tablename__}",
        "incremental.snapshot.watermarking.strategy": "insert_delete",
    }
    return ConnectorSpec(CORE_CONNECTOR, config)


def v2_connector(address: Address, secrets_dir: str) -> ConnectorSpec:
    """What people and schedules decide in V2, on its way to the stream."""
    config = _on_v2(address, secrets_dir, V2_CAPTURED_TABLES) | {
        "topic.prefix": V2_TOPIC_PREFIX,
        "slot.name": V2_SLOT,
        "publication.name": V2_PUBLICATION,
    }
    return ConnectorSpec(V2_CONNECTOR, config)


def outbox_connector(address: Address, secrets_dir: str) -> ConnectorSpec:
    """The events of V2's outbox, each on its topic, as Debezium's outbox router makes them."""
    text = f"{CONNECT}.storage.StringConverter"
    config = _on_v2(address, secrets_dir, (OutboxEvent,)) | {
        "topic.prefix": OUTBOX_TOPIC_PREFIX,
        "slot.name": OUTBOX_SLOT,
        "publication.name": OUTBOX_PUBLICATION,
        # Key and value are texts that are written as they are: no quotes about a key, no field of a
        # value that another reading of its JSON would drop.
        "extended.headers.enabled": "false",
        "key.converter": text,
        "value.converter": text,
        "transforms": "outbox",
        "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
        "transforms.outbox.predicate": "isEvent",
        "transforms.outbox.route.by.field": OutboxEvent.type.key,
        "transforms.outbox.route.topic.replacement": "${routedByValue}",
        "transforms.outbox.table.fields.additional.placement": (
            f"{OutboxEvent.occurred_at.key}:header:{EVENT_TIME_HEADER},"
            f"{OutboxEvent.schema_version.key}:header:{EVENT_VERSION_HEADER}"
        ),
        # The outbox is only ever added to: anything else is a mistake that must be seen.
        "transforms.outbox.table.op.invalid.behavior": "fatal",
        # Heartbeats are no events.
        "predicates": "isEvent",
        "predicates.isEvent.type": f"{CONNECT}.transforms.predicates.TopicNameMatches",
        "predicates.isEvent.pattern": (
            f"{OUTBOX_TOPIC_PREFIX}[.]{V2_SCHEMA}[.]{OutboxEvent.__tablename__}"
        ),
    }
    return ConnectorSpec(OUTBOX_CONNECTOR, config)


def _on_v2(address: Address, secrets_dir: str, tables: Sequence[type[Base]]) -> dict[str, str]:
    return _connector(address, "v2_capture", secrets_dir) | {
        "table.include.list": ",".join(f"{V2_SCHEMA}.{one.__tablename__}" for one in tables),
        "poll.interval.ms": "100",
        # V2 writes much that is not captured: a beat in its log lets the slot advance past it.
        "heartbeat.action.query": f"SELECT pg_logical_emit_message(false, '{V2_BEAT}', '')",
        "message.prefix.exclude.list": V2_BEAT,
    }
