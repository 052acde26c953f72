"""What the tiles are read from: cells, and the changes of transactions that are in no cell yet.

What changes a transaction notes its change, so cells with what waits agree with the rows in every
snapshot. The SQL that adds up stands in the migration 0009.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, SmallInteger, Table
from sqlalchemy.orm import Mapped, mapped_column

from settlement_platform.contracts.scalars import (
    Base,
    BusinessDate,
    Count,
    Histogram,
    Instant,
    Name,
    PaiseSum,
    Seconds,
)
from settlement_platform.contracts.v2 import Transaction

ALL_MERCHANTS = ""
"""The merchant of the cells that stand for all of them."""
BUCKET = 10**12
"""A histogram is the sum of its buckets' counts, bucket b times BUCKET to the power of b."""
ALL_GATEWAYS = ""
"""The gateway of the cells that stand for all of them, and for payments without an answer."""
NO_DATE = "infinity"
"""The expected date of payments that have none."""
CAPTURE_EDGES_SECONDS = (
    1,
    2,
    5,
    10,
    30,
    60,
    300,
    900,
    3_600,
)
"""Buckets of the time from beginning to capture: one more counts the rest."""
SETTLE_EDGES_SECONDS = (
    3_600,
    14_400,
    28_800,
    43_200,
    57_600,
    72_000,
    86_400,
    100_800,
    115_200,
    129_600,
    144_000,
    158_400,
    172_800,
    194_400,
    216_000,
    259_200,
    302_400,
    345_600,
    432_000,
    604_800,
)
"""Buckets of the time from capture to settlement: one more counts the rest."""
PAYOUT_EDGES_SECONDS = (
    3_600,
    7_200,
    14_400,
    28_800,
    43_200,
    86_400,
    172_800,
    259_200,
)
"""Buckets of the time from settlement to payout: one more counts the rest."""


def _noted(name: str) -> Column[Any]:
    """A column of a transaction as it is in a note of its change: of any value, and no key."""
    of = Transaction.__table__.c[name]
    return Column(name, of.type, nullable=of.nullable)


class TilePlace:
    """What the payments of a cell have in common, whoever is paid."""

    transaction_date: Mapped[BusinessDate] = mapped_column(
        primary_key=True, comment="business date of the payments"
    )
    payment_method: Mapped[Name] = mapped_column(primary_key=True, comment="the core's spelling")
    source_type: Mapped[Name] = mapped_column(primary_key=True, comment="where rows came from")
    gateway: Mapped[Name] = mapped_column(
        primary_key=True, comment="gateway that answered; empty = all of them, and none"
    )


class TileKey(TilePlace):
    """What the payments of one merchant's cell have in common."""

    merchant_id: Mapped[Name] = mapped_column(
        primary_key=True, comment="merchant; empty = all of them"
    )


class TileCell(TileKey, Base):
    """Payments of one cell by stage, deleted ones left out. A stage has those before it, too."""

    __tablename__ = "sp_v2_tile_cells"

    expected_settlement_date: Mapped[BusinessDate] = mapped_column(
        primary_key=True, comment="business day of the promised payout; infinity = not known"
    )
    attempted_count: Mapped[Count] = mapped_column(comment="payments begun")
    attempted_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    failed_count: Mapped[Count] = mapped_column(comment="of these, failed for good")
    failed_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    captured_count: Mapped[Count] = mapped_column(comment="of these, captured")
    captured_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    reconciled_count: Mapped[Count] = mapped_column(comment="of the captured, reconciled")
    reconciled_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    settled_count: Mapped[Count] = mapped_column(comment="of the reconciled, settled")
    settled_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    paid_out_count: Mapped[Count] = mapped_column(comment="of the settled, paid out")
    paid_out_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    on_time_count: Mapped[Count] = mapped_column(comment="of the paid out, by the expected date")
    on_time_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    priced_count: Mapped[Count] = mapped_column(comment="of the captured, those with a known fee")
    priced_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    fee_paise: Mapped[PaiseSum] = mapped_column(comment="fees of the priced")
    net_count: Mapped[Count] = mapped_column(comment="of the settled, those with a known net")
    net_paise: Mapped[PaiseSum] = mapped_column(comment="their nets")
    settle_seconds: Mapped[Seconds] = mapped_column(
        comment="sum over the settled: settled_at - captured_at"
    )
    late_count: Mapped[Count] = mapped_column(
        comment="of the settled, those after the expected date"
    )
    late_days: Mapped[Count] = mapped_column(
        comment="their days after it, by the calendar, added up"
    )
    capture_times: Mapped[Histogram] = mapped_column(
        comment="of the captured: from beginning to capture"
    )
    settle_times: Mapped[Histogram] = mapped_column(
        comment="of the settled: from capture to settlement"
    )
    payout_times: Mapped[Histogram] = mapped_column(
        comment="of the paid out: from settlement to payout"
    )


class TileHour(TilePlace, Base):
    """Payments of all merchants by hour and stage, deleted ones left out."""

    __tablename__ = "sp_v2_tile_hours"

    hour_start_at: Mapped[Instant] = mapped_column(
        primary_key=True, comment="start of the hour of created_at, by the business clock"
    )
    attempted_count: Mapped[Count] = mapped_column(comment="payments begun")
    attempted_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    failed_count: Mapped[Count] = mapped_column(comment="of these, failed for good")
    failed_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    captured_count: Mapped[Count] = mapped_column(comment="of these, captured")
    captured_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    settled_count: Mapped[Count] = mapped_column(comment="of the captured, settled")
    settled_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    paid_out_count: Mapped[Count] = mapped_column(comment="of the settled, paid out")
    paid_out_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")


class TileFailure(TileKey, Base):
    """Payments of one cell that failed for good, by reason; deleted ones left out."""

    __tablename__ = "sp_v2_tile_failures"

    failure_code: Mapped[Name] = mapped_column(
        primary_key=True, comment="the gateway's code, or the core's status without an answer"
    )
    failure_owner: Mapped[Name] = mapped_column(
        primary_key=True, comment="bank, gateway, merchant, operations or system"
    )
    failed_count: Mapped[Count] = mapped_column(comment="payments")
    failed_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")


DERIVED_TABLES: tuple[type[Base], ...] = (TileCell, TileHour, TileFailure)
"""Tables that follow V2's transactions; they move with them."""
ROW_COLUMNS = (
    "transaction_id",
    "merchant_id",
    "transaction_date",
    "payment_method",
    "source_type",
    "gateway",
    "expected_settlement_date",
    "status",
    "failure_code",
    "failure_owner",
    "amount_paise",
    "fee_paise",
    "net_paise",
    "created_at",
    "captured_at",
    "reconciled_at",
    "settled_at",
    "paid_out_at",
    "deleted_at",
)
"""What is known of a payment at a past instant, and noted of a change."""
TILE_CHANGES = Table(
    "sp_v2_tile_changes",
    Base.metadata,
    Column("weight", SmallInteger, nullable=False),
    *(_noted(name) for name in ROW_COLUMNS),
)
"""Changes that are in no cell yet: of each what it takes away (weight -1) and brings (1)."""
