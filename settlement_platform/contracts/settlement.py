"""The V2 tables that settlement is computed by: holidays, dates, merchants' terms, fee rates.

Nothing in them is edited: what is declared or agreed anew is a row of its own.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, func
from sqlalchemy.orm import Mapped

from settlement_platform.contracts.scalars import (
    Base,
    BasisPoints,
    BusinessDate,
    BusinessDays,
    Identifier,
    Instant,
    Name,
    Offset,
    Ordinal,
    Paise,
)
from settlement_platform.contracts.v2 import one_of, v2_owned

TERMS_SOURCES = ("core", "v2")
BEARERS = ("MERCHANT", "CUSTOMER")
RESTATEMENT_REASONS = ("TERMS", "FEE", "DATE")
WHOLE_BPS = 10_000


class CalendarVersion(Base):
    """One declaration of bank holidays: when, by whom and why."""

    __tablename__ = "sp_v2_calendar_versions"

    calendar_version: Mapped[Ordinal] = v2_owned(
        "number of the declaration, from 1", primary_key=True, autoincrement=False
    )
    declared_at: Mapped[Instant] = v2_owned("when it was declared")
    lists: Mapped[Name] = v2_owned("regions and years that it lists in full: 'IN 2026;IN-MH 2026'")
    source: Mapped[Name] = v2_owned("who declared it, and where it stands")
    why: Mapped[Name] = v2_owned("reason, for people")
    recorded_at: Mapped[Instant] = v2_owned(
        "when V2 learnt of it", server_default=func.clock_timestamp()
    )


class Holiday(Base):
    """One date that a declaration made a bank holiday of a region, or took back."""

    __tablename__ = "sp_v2_holidays"
    __table_args__ = (one_of("change", ("add", "remove")),)

    calendar_version: Mapped[Ordinal] = v2_owned(
        "declaration that it stands in", primary_key=True, autoincrement=False
    )
    region: Mapped[Name] = v2_owned("IN, or a state as ISO 3166-2 has it", primary_key=True)
    holiday_date: Mapped[BusinessDate] = v2_owned("the day", primary_key=True)
    change: Mapped[Name] = v2_owned("add or remove")
    name: Mapped[Name] = v2_owned("name of the holiday")


class SettlementDate(Base):
    """When the captures of one date are paid out under one cycle. A change of a row says why."""

    __tablename__ = "sp_v2_settlement_dates"

    capture_date: Mapped[BusinessDate] = v2_owned("business date of the captures", primary_key=True)
    cycle_days: Mapped[BusinessDays] = v2_owned("N of T+N", primary_key=True, autoincrement=False)
    expected_settlement_date: Mapped[BusinessDate] = v2_owned("the Nth business day after it")
    calendar_version: Mapped[Ordinal] = v2_owned("holidays that this date was computed by")
    moved_from_date: Mapped[BusinessDate | None] = v2_owned(
        "where it stood before; NULL = it never moved"
    )
    why: Mapped[Name | None] = v2_owned("declarations that moved it; NULL = it never moved")
    changed_at: Mapped[Instant] = v2_owned(
        "when it was computed or moved", server_default=func.clock_timestamp()
    )


class MerchantTerms(Base):
    """Cycle and reserve of a merchant for captures of a span. The newest that covers one holds."""

    __tablename__ = "sp_v2_merchant_terms"
    __table_args__ = (
        one_of("source", TERMS_SOURCES),
        CheckConstraint("valid_to_at > valid_from_at", name="validity_is_a_span"),
        CheckConstraint(f"reserve_bps BETWEEN 0 AND {WHOLE_BPS}", name="reserve_is_a_share"),
        CheckConstraint("cycle_days BETWEEN 0 AND 99", name="cycle_is_a_cycle"),
        Index("ix_sp_v2_merchant_terms_merchant", "merchant_id", "terms_id"),
    )

    terms_id: Mapped[Ordinal] = v2_owned("order of recording", primary_key=True, autoincrement=True)
    merchant_id: Mapped[Name] = v2_owned("merchant")
    source: Mapped[Name] = v2_owned("core: told by its stream; v2: agreed here")
    cycle_days: Mapped[BusinessDays] = v2_owned("N of T+N")
    reserve_bps: Mapped[BasisPoints] = v2_owned("share of a payout held back")
    valid_from_at: Mapped[Instant] = v2_owned("first capture that it holds for")
    valid_to_at: Mapped[Instant | None] = v2_owned(
        "first capture that it holds for no more; NULL = without end"
    )
    why: Mapped[Name] = v2_owned("reason, for people")
    recorded_by: Mapped[Name] = v2_owned("who recorded it")
    recorded_at: Mapped[Instant] = v2_owned(
        "when V2 learnt of it", server_default=func.clock_timestamp()
    )
    superseded_at: Mapped[Instant | None] = v2_owned(
        "when later rows had covered its whole span; NULL = it holds for some captures"
    )


class FeeRate(Base):
    """What is charged for payments of a span. The more special holds, of these the newest."""

    __tablename__ = "sp_v2_fee_rates"
    __table_args__ = (
        one_of("bearer", BEARERS),
        CheckConstraint("valid_to_at > valid_from_at", name="validity_is_a_span"),
        CheckConstraint(f"fee_bps BETWEEN 0 AND {WHOLE_BPS}", name="fee_is_a_share"),
        CheckConstraint("fixed_paise >= 0", name="fixed_fee_is_not_negative"),
        Index("ix_sp_v2_fee_rates_merchant", "merchant_id", "fee_rate_id"),
    )

    fee_rate_id: Mapped[Ordinal] = v2_owned(
        "order of recording", primary_key=True, autoincrement=True
    )
    merchant_id: Mapped[Name | None] = v2_owned("merchant; NULL = each without a rate of its own")
    payment_method: Mapped[Name | None] = v2_owned("method; NULL = each without a rate of its own")
    fee_bps: Mapped[BasisPoints] = v2_owned("share of the amount, before GST")
    fixed_paise: Mapped[Paise] = v2_owned("added to the share, before GST")
    bearer: Mapped[Name] = v2_owned(f"{' or '.join(BEARERS)}: who pays it")
    valid_from_at: Mapped[Instant] = v2_owned("first capture that it holds for")
    valid_to_at: Mapped[Instant | None] = v2_owned(
        "first capture that it holds for no more; NULL = without end"
    )
    why: Mapped[Name] = v2_owned("reason, for people")
    recorded_by: Mapped[Name] = v2_owned("who recorded it")
    recorded_at: Mapped[Instant] = v2_owned(
        "when V2 learnt of it", server_default=func.clock_timestamp()
    )
    superseded_at: Mapped[Instant | None] = v2_owned(
        "when later rows had covered its whole span; NULL = it holds for some captures"
    )


class Restatement(Base):
    """One request that a transaction be computed again by what is in force now, and why.

    Only ever added to. It reaches the stream as a change of its own; its place in V2's log is the
    version that the restated row gets. With a batch it asks for nothing: it lists a correction that
    comes too late for the transaction's money, and is made good by an adjustment.
    """

    __tablename__ = "sp_v2_restatements"
    __table_args__ = (
        one_of("reason", RESTATEMENT_REASONS),
        Index("ix_sp_v2_restatements_transaction", "transaction_id", "requested_at"),
    )

    restatement_id: Mapped[Offset] = v2_owned(
        "order of asking", primary_key=True, autoincrement=True
    )
    transaction_id: Mapped[Name] = v2_owned("transaction that is computed again")
    reason: Mapped[Name] = v2_owned(f"what differs: {', '.join(RESTATEMENT_REASONS)}")
    cause: Mapped[Name] = v2_owned("the terms, rate or calendar that hold now, and why they do")
    requested_at: Mapped[Instant] = v2_owned("when", server_default=func.clock_timestamp())
    batch_id: Mapped[Identifier | None] = v2_owned(
        "live batch that it stands in and keeps its money for: make an adjustment; NULL = restated"
    )
