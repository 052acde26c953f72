"""What every change of the books has in common: a statement, a lock, an audit entry, an event."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from settlement_platform.contracts.records import BATCH
from settlement_platform.settlement.announcements import SCHEMA_VERSION, Event
from settlement_platform.storage.sql_files import statements
from settlement_platform.storage.writing import Connection

sql = statements(Path(__file__).parent / "sql")


def lock_merchant(v2: Connection, merchant_id: str) -> None:
    """Until the transaction ends, nobody else changes what this merchant is paid."""
    v2.execute(sql("lock_merchant"), {"merchant_id": merchant_id})


def audit(
    v2: Connection, actor: str, action: str, subject: tuple[str, object], **details: Any
) -> None:
    """Write down who did what to which thing; `subject`: its kind and its identity."""
    kind, identity = subject
    values = {
        "actor": actor,
        "action": action,
        "subject_type": kind,
        "subject_id": str(identity),
        "details": Jsonb({name: value for name, value in details.items() if value is not None}),
    }
    v2.execute(sql("insert_audit"), values)


def publish(v2: Connection, events: Iterable[Event]) -> None:
    """Put events into the outbox: they are published if, and only if, this transaction commits."""
    rows = [
        {
            "id": uuid.UUID(event.payload["event_id"]),
            "aggregatetype": BATCH,
            "aggregateid": event.payload["batch_id"],
            "type": event.topic,
            "payload": Jsonb(event.payload),
            "schema_version": SCHEMA_VERSION,
            "occurred_at": event.payload["occurred_at"],
        }
        for event in events
    ]
    with v2.cursor() as cursor:
        cursor.executemany(sql("insert_event"), rows)
