"""What happened to one payment: every version that V2 held, its batches, and what was told of them.

Read by one statement, in one snapshot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, String, cast, literal, select

from settlement_platform.contracts.batches import SettlementBatch, SettlementItem
from settlement_platform.contracts.records import BATCH, AuditEntry, OutboxEvent
from settlement_platform.contracts.v2 import Transaction, TransactionColumns, TransactionHistory
from settlement_platform.metrics.freshness import Freshness, freshness, freshness_columns
from settlement_platform.metrics.reading import as_rows

_COLUMNS = tuple(
    column.name
    for column in Transaction.__table__.columns
    if column.name in {name for name in dir(TransactionColumns) if not name.startswith("_")}
)
_VERSION = ("source_lsn", "gateway_lsn", "restated_lsn", "settlement_lsn", "source_committed_at")
FACTS = tuple(name for name in _COLUMNS if name not in _VERSION)
"""The columns of a payment that say something of it; the others say which version it is."""


class Source(StrEnum):
    """Where a moment was noted."""

    VERSION = "version"
    STEP = "step"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class FactChange:
    """One column of a payment that a version changed, as text; None = not known."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened to a payment or to a batch of it.

    `what` is "first" or "changed" of a version, the action of a step, the topic of an event.
    `loaded_at` is when V2 took a version, `lsn` its position in the core's log.
    """

    at: dt.datetime
    source: Source
    what: str
    changes: tuple[FactChange, ...] = ()
    lsn: int | None = None
    loaded_at: dt.datetime | None = None
    batch_id: str | None = None
    actor: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A payment as it is, the batches that it stands or stood in, and its moments by time."""

    fresh: Freshness
    payment: Mapping[str, Any]
    batches: Sequence[Mapping[str, Any]]
    moments: Sequence[Moment]


def timeline_statement(transaction_id: str) -> Select[*tuple[Any, ...]]:
    """One row: the payment, its history, its batches with their steps and events."""
    wanted = literal(transaction_id)
    history, item, batch = TransactionHistory, SettlementItem, SettlementBatch
    batch_ids = select(item.batch_id).where(item.transaction_id == wanted)
    as_text = select(cast(item.batch_id, String)).where(item.transaction_id == wanted)
    versions = select(*(getattr(history, name) for name in _COLUMNS), history.loaded_at)
    batches = (
        select(
            batch.batch_id, batch.cycle_date, batch.state, batch.utr, batch.credited_at,
            item.item_state, item.net_paise, item.released_at,
        )
        .join(item, item.batch_id == batch.batch_id)
        .where(item.transaction_id == wanted)
        .order_by(item.settled_at, batch.batch_id)
    )  # fmt: skip
    steps = select(
        AuditEntry.happened_at, AuditEntry.actor, AuditEntry.action, AuditEntry.subject_id
    ).where(AuditEntry.subject_type == BATCH, AuditEntry.subject_id.in_(as_text))
    events = select(
        OutboxEvent.id, OutboxEvent.type, OutboxEvent.aggregateid, OutboxEvent.occurred_at
    ).where(OutboxEvent.aggregateid.in_(as_text))
    return select(
        *freshness_columns(),
        as_rows(select(Transaction).where(Transaction.transaction_id == wanted), "payment"),
        as_rows(
            versions.where(history.transaction_id == wanted).order_by(history.history_id),
            "versions",
        ),
        as_rows(batches.where(batch.batch_id.in_(batch_ids)), "batches"),
        as_rows(steps.order_by(AuditEntry.audit_id), "steps"),
        as_rows(events.order_by(OutboxEvent.occurred_at), "events"),
    )


def timeline(row: Row[*tuple[Any, ...]]) -> Timeline | None:
    """What a row of timeline_statement says; None: there is no such payment. Pure."""
    read = row._mapping
    if not read["payment"]:
        return None
    payment = read["payment"][0]
    moments = [
        *_versions([*(read["versions"] or []), payment]),
        *(
            Moment(
                _instant(one["happened_at"]), Source.STEP, one["action"],
                batch_id=one["subject_id"], actor=one["actor"],
            )
            for one in read["steps"] or []
        ),
        *(
            Moment(
                _instant(one["occurred_at"]), Source.EVENT, one["type"],
                batch_id=one["aggregateid"], event_id=one["id"],
            )
            for one in read["events"] or []
        ),
    ]  # fmt: skip
    moments.sort(key=lambda one: one.at)
    return Timeline(freshness(row), payment, read["batches"] or [], moments)


def _versions(held: Sequence[Mapping[str, Any]]) -> list[Moment]:
    told = []
    before: Mapping[str, Any] = {}
    for version in held:
        changes = tuple(
            FactChange(name, _text(before.get(name)), _text(version[name]))
            for name in FACTS
            if before.get(name) != version[name]
        )
        told.append(
            Moment(
                _instant(version["source_committed_at"]),
                Source.VERSION,
                "changed" if before else "first",
                changes,
                lsn=version["source_lsn"],
                loaded_at=_instant(version["loaded_at"]),
            )
        )
        before = version
    return told


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
