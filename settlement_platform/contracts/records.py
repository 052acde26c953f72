"""The V2 tables that record what was done: events to publish, the audit log, keys of requests."""

from __future__ import annotations

from sqlalchemy import Index, func, text
from sqlalchemy.orm import Mapped

from settlement_platform.contracts.scalars import (
    Base,
    Identifier,
    Instant,
    Json,
    Name,
    Offset,
    Ordinal,
)
from settlement_platform.contracts.v2 import v2_owned

BATCH = "settlement_batch"
"""The subject of what is done to a settlement batch, and of what is told of it."""


class OutboxEvent(Base):
    """One event to publish, written with the change that it tells of. In Debezium's router's shape.

    It is routed by `type`; `id`, `occurred_at` and `schema_version` become headers.
    """

    __tablename__ = "sp_v2_outbox"

    id: Mapped[Identifier] = v2_owned("identity of the event", primary_key=True)
    aggregatetype: Mapped[Name] = v2_owned("kind of thing that it is about")
    aggregateid: Mapped[Name] = v2_owned("which of them: the key of the record")
    type: Mapped[Name] = v2_owned("topic that it goes to")
    payload: Mapped[Json] = v2_owned("value of the record, by its topic's JSON Schema")
    schema_version: Mapped[Ordinal] = v2_owned("version of that schema")
    occurred_at: Mapped[Instant] = v2_owned("when it happened")


class AuditEntry(Base):
    """One thing that somebody did. Only ever added to."""

    __tablename__ = "sp_v2_audit_log"
    __table_args__ = (Index("ix_sp_v2_audit_log_subject", "subject_type", "subject_id"),)

    audit_id: Mapped[Offset] = v2_owned("order of entry", primary_key=True, autoincrement=True)
    happened_at: Mapped[Instant] = v2_owned("when", server_default=func.clock_timestamp())
    actor: Mapped[Name] = v2_owned("who")
    action: Mapped[Name] = v2_owned("what was done")
    subject_type: Mapped[Name] = v2_owned("kind of thing that it was done to")
    subject_id: Mapped[Name] = v2_owned("which of them")
    details: Mapped[Json] = v2_owned("what else was said", server_default=text("'{}'::jsonb"))


class IdempotencyKey(Base):
    """One request that was carried out under a key, and what was answered."""

    __tablename__ = "sp_v2_idempotency_keys"

    idempotency_key: Mapped[Name] = v2_owned("the client's key", primary_key=True)
    request_hash: Mapped[Name] = v2_owned("SHA-256 of what was asked for, and by whom")
    answer: Mapped[Json | None] = v2_owned("what was answered; NULL only while it is carried out")
    recorded_at: Mapped[Instant] = v2_owned("when", server_default=func.clock_timestamp())
