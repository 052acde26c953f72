"""The events that tell of a batch's steps, as their JSON Schemas want them. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from settlement_platform.contracts.events import LONGEST_PART
from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.batches import Totals

CREATED = "settlement.batches.created"
TOPICS = {
    Action.APPROVE: "settlement.batches.approved",
    Action.CANCEL: "settlement.batches.cancelled",
    Action.CREDIT: "settlement.transfers.completed",
    Action.FAIL: "settlement.transfers.failed",
}
"""The topic that a step is told on; the others are told to nobody."""
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Event:
    """One event to publish: its topic, and the value of the record."""

    topic: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """The batch that an event tells of, and when it happened."""

    batch_id: uuid.UUID
    merchant_id: str
    cycle_date: dt.date
    occurred_at: dt.datetime

    def event(self, topic: str, **facts: Any) -> Event:
        """An event about it, with a new identity."""
        said = {
            "event_id": str(uuid.uuid4()),
            "occurred_at": self.occurred_at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
            "batch_id": str(self.batch_id),
            "merchant_id": self.merchant_id,
            "cycle_date": self.cycle_date.isoformat(),
        }
        return Event(topic, said | facts)


def created(subject: Subject, totals: Totals, transaction_ids: Sequence[str]) -> list[Event]:
    """That a batch was made, in as many parts as it needs; each says the batch's totals."""
    facts = {
        "item_count": totals.item_count,
        "gross_paise": str(totals.gross_paise),
        "fee_paise": str(totals.fee_paise),
        "gst_paise": str(totals.gst_paise),
        "reserve_held_paise": str(totals.reserve_held_paise),
        "reserve_released_paise": str(totals.reserve_released_paise),
        "adjustments_paise": str(totals.adjustments_paise),
        "net_paise": str(totals.net_paise),
    }
    return [subject.event(CREATED, **part, **facts) for part in _parts(transaction_ids)]


def approved(subject: Subject, net_paise: int) -> list[Event]:
    """That a batch was approved."""
    return [subject.event(TOPICS[Action.APPROVE], net_paise=str(net_paise))]


def completed(
    subject: Subject, net_paise: int, value_date: dt.date, utr: str | None
) -> list[Event]:
    """That the bank credited a batch; without a UTR where nothing was to be transferred."""
    reference = {} if utr is None else {"utr": utr}
    facts = {"net_paise": str(net_paise), "value_date": value_date.isoformat()}
    return [subject.event(TOPICS[Action.CREDIT], **facts, **reference)]


def undone(
    subject: Subject, action: Action, reason: str, transaction_ids: Sequence[str]
) -> list[Event]:
    """That a batch failed or was cancelled, in as many parts as its transactions need."""
    return [
        subject.event(TOPICS[action], **part, reason=reason) for part in _parts(transaction_ids)
    ]


def _parts(transaction_ids: Sequence[str]) -> list[dict[str, Any]]:
    ordered = sorted(transaction_ids)
    starts = range(0, max(1, len(ordered)), LONGEST_PART)
    return [
        {
            "part": number,
            "parts": len(starts),
            "transaction_ids": ordered[start : start + LONGEST_PART],
        }
        for number, start in enumerate(starts, start=1)
    ]
