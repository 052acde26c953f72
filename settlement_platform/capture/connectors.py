"""The Debezium connector on the core: its specification. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from settlement_platform.contracts.core import CAPTURED_TABLES, SettlementCanary, SettlementSignal
from settlement_platform.contracts.topics import CORE_SCHEMA, TOPIC_PREFIX

CORE_CONNECTOR = "sabpaisa-core"
SLOT = "settlement_core"
PUBLICATION = "settlement_publication"
SECRETS = "${secrets:%s:%s}"
HEARTBEAT_MS = 1000


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


def core_connector(host: str, port: int, database: str, secrets_dir: str) -> ConnectorSpec:
    """One connector for all captured tables: one slot, one order.

    Its password is a reference that Connect resolves; nobody who reads the configuration sees it.
    """
    canary = SettlementCanary.__tablename__
    tables = ",".join(f"{CORE_SCHEMA}.{table.__tablename__}" for table in CAPTURED_TABLES)
    config = {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": "1",
        "database.hostname": host,
        "database.port": str(port),
        "database.user": "settlement_capture",
        "database.password": SECRETS % (secrets_dir, "settlement_capture"),
        "database.dbname": database,
        "topic.prefix": TOPIC_PREFIX,
        "table.include.list": tables,
        "plugin.name": "pgoutput",
        "slot.name": SLOT,
        "publication.name": PUBLICATION,
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
        # A poll waits as long for more records as it may: this much of every payment's latency.
        "poll.interval.ms": "10",
        "max.batch.size": "2048",
        "max.queue.size": "8192",
        # A canary each second: it proves that data moves, and lets the slot advance at night.
        "heartbeat.interval.ms": str(HEARTBEAT_MS),
        "heartbeat.action.query": (
            f"UPDATE {CORE_SCHEMA}.{canary} SET beat_at = clock_timestamp() WHERE canary_id = 1"
        ),
        # Signals come through the core's own log: in order, and kept while the connector is away.
        "signal.enabled.channels": "source",
        "signal.data.collection": f"{CORE_SCHEMA}.{SettlementSignal.__tablename__}",
        "incremental.snapshot.watermarking.strategy": "insert_delete",
        # A slot that does not fit the stored offset is an error, never a silent gap.
        "offset.mismatch.strategy": "trust_offset",
        "slot.drop.on.stop": "false",
        "slot.max.retries": "60",
        "slot.retry.delay.ms": "500",
        "retriable.restart.connector.wait.ms": "500",
        "errors.max.retries": "-1",
        "status.update.interval.ms": "1000",
    }
    return ConnectorSpec(CORE_CONNECTOR, config)
