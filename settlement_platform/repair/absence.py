"""The delete that the stream missed, as the record that would have told it. Pure.

Of a payment that the core has not, V2 may still have the row, and the jobs may still count it. A
delete on the topic reaches both, and every rebuild from the topic after it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from settlement_platform.contracts.core import (
    MerchantData,
    PaymentGatewayResponse,
    TransactionToSettle,
)
from settlement_platform.contracts.scalars import CoreBase
from settlement_platform.contracts.topics import CORE_SCHEMA, TOPIC_PREFIX, captured_topic
from settlement_platform.repair.records import TopicRecord, as_written

TOLD_BY = "settlement-replay"
"""What stands in the place of the connector's name in such a record."""

_STATUS = {"PENDING": "PENDING", "RECONCILED": "SUCCESS", "SETTLED": "SUCCESS", "FAILED": "FAILED"}
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class V2Payment:
    """A payment as V2 has it, as far as its last image is made of it."""

    transaction_id: str
    merchant_id: str
    amount_paise: int
    payment_method: str
    transaction_date: dt.date
    status: str
    created_at: dt.datetime
    gateway_lsn: int


@dataclass(frozen=True)
class V2Merchant:
    """A merchant as V2 has it."""

    merchant_id: str
    merchant_name: str
    settlement_cycle_days: int
    rolling_reserve_bps: int
    updated_at: dt.datetime


@dataclass(frozen=True)
class Presence:
    """What the core has of a payment, seen at a place of its log."""

    payment: bool
    answer: bool
    lsn: int


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _delete(table: type[CoreBase], before: dict[str, object], lsn: int, now_ms: int) -> TopicRecord:
    envelope = {
        "before": before,
        "after": None,
        "source": {
            "version": "1",
            "connector": TOLD_BY,
            "name": TOPIC_PREFIX,
            "ts_ms": now_ms,
            "schema": CORE_SCHEMA,
            "table": table.__tablename__,
            "lsn": lsn,
            "xmin": None,
        },
        "transaction": None,
        "op": "d",
        "ts_ms": now_ms,
    }
    [key] = table.__table__.primary_key
    return TopicRecord(
        captured_topic(table),
        as_written({key.name: before[key.name]}),
        as_written(envelope),
    )


def missed_deletes(payment: V2Payment, core: Presence, now: dt.datetime) -> list[TopicRecord]:
    """The records of what the core has not and V2 still has: the payment, its answer, or both."""
    now_ms = int(now.timestamp() * 1000)
    created = _instant(payment.created_at)
    told = []
    if not core.payment:
        before: dict[str, object] = {
            "txn_id": payment.transaction_id,
            "merchant_code": payment.merchant_id,
            "amount": str(Decimal(payment.amount_paise).scaleb(-2)),
            "payment_mode": payment.payment_method,
            "txn_date": (payment.transaction_date - _EPOCH).days,
            "is_settled": "1" if payment.status == "SETTLED" else "0",
            "status": _STATUS[payment.status],
            "created_at": created,
            "updated_at": created,
        }
        told.append(_delete(TransactionToSettle, before, core.lsn, now_ms))
    if not core.answer and payment.gateway_lsn > 0:
        # The jobs take nothing from such an answer but that it is gone.
        before = {
            "txn_id": payment.transaction_id,
            "gateway": "unknown",
            "response_code": "unknown",
            "response_message": None,
            "responded_at": created,
        }
        told.append(_delete(PaymentGatewayResponse, before, core.lsn, now_ms))
    return told


def missed_merchant(merchant: V2Merchant, lsn: int, now: dt.datetime) -> TopicRecord:
    """The record of a merchant that the core has not, seen at a place of its log."""
    before: dict[str, object] = {
        "merchant_id": merchant.merchant_id,
        "merchant_name": merchant.merchant_name,
        "settlement_cycle": f"T+{merchant.settlement_cycle_days}",
        "rolling_reserve_percentage": str(Decimal(merchant.rolling_reserve_bps).scaleb(-2)),
        "updated_at": _instant(merchant.updated_at),
    }
    return _delete(MerchantData, before, lsn, int(now.timestamp() * 1000))
