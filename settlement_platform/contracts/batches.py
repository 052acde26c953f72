"""The V2 tables of settlement batches: what they pay and hold back, and what the bank did."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped

from settlement_platform.contracts.scalars import (
    Base,
    BusinessDate,
    Count,
    Identifier,
    Instant,
    Name,
    Offset,
    Ordinal,
    Paise,
    PaiseSum,
)
from settlement_platform.contracts.v2 import one_of, v2_owned

BATCH_STATES = (
    "CALCULATED",
    "PENDING_APPROVAL",
    "APPROVED",
    "SENT",
    "CREDITED",
    "FAILED",
    "CANCELLED",
)
ITEM_STATES = ("LIVE", "CREDITED", "RELEASED")
RESERVE_KINDS = ("HOLD", "RELEASE", "CONSUME")
ADJUSTMENT_KINDS = ("REFUND", "CHARGEBACK", "REVERSAL")
NET_OF_PAYMENT = "net_paise = amount_paise - fee_paise - gst_paise - reserve_hold_paise"
NET_OF_BATCH = (
    "net_paise = gross_paise - fee_paise - gst_paise - reserve_held_paise"
    " + reserve_released_paise + adjustments_paise"
)
IS_LIVE = "state NOT IN ('FAILED', 'CANCELLED')"
BATCH = "sp_v2_settlement_batches.batch_id"


class SettlementBatch(Base):
    """One merchant's payout for one cycle date. Money in paise; net is the sum of its parts."""

    __tablename__ = "sp_v2_settlement_batches"
    __table_args__ = (
        one_of("state", BATCH_STATES),
        CheckConstraint(NET_OF_BATCH, name="net_is_the_sum_of_its_parts"),
        CheckConstraint("net_paise >= 0", name="net_is_not_negative"),
        Index(
            "uq_sp_v2_settlement_batches_live",
            "merchant_id",
            "cycle_date",
            unique=True,
            postgresql_where=text(IS_LIVE),
        ),
        Index("ix_sp_v2_settlement_batches_cycle", "cycle_date", "batch_id"),
        Index(
            "ix_sp_v2_settlement_batches_credited",
            "credited_at",
            postgresql_where=text("credited_at IS NOT NULL"),
        ),
    )

    batch_id: Mapped[Identifier] = v2_owned("identity of the batch", primary_key=True)
    merchant_id: Mapped[Name] = v2_owned("merchant that is paid")
    cycle_date: Mapped[BusinessDate] = v2_owned("business day of the payout")
    state: Mapped[Name] = v2_owned(f"one of {', '.join(BATCH_STATES)}")
    item_count: Mapped[Count] = v2_owned("transactions in it")
    gross_paise: Mapped[PaiseSum] = v2_owned("their amounts")
    fee_paise: Mapped[PaiseSum] = v2_owned("fees on them")
    gst_paise: Mapped[PaiseSum] = v2_owned("GST on the fees")
    reserve_held_paise: Mapped[PaiseSum] = v2_owned("held back of them")
    reserve_released_paise: Mapped[PaiseSum] = v2_owned("given back of what was held")
    adjustments_paise: Mapped[PaiseSum] = v2_owned("refunds, chargebacks and reversals, signed")
    net_paise: Mapped[PaiseSum] = v2_owned("what the bank is to transfer")
    calculated_at: Mapped[Instant] = v2_owned("when it was made")
    calculated_by: Mapped[Name] = v2_owned("who made it")
    submitted_at: Mapped[Instant | None] = v2_owned("when it was put before an approver")
    submitted_by: Mapped[Name | None] = v2_owned("by whom")
    approved_at: Mapped[Instant | None] = v2_owned("when it was approved")
    approved_by: Mapped[Name | None] = v2_owned("by whom")
    sent_at: Mapped[Instant | None] = v2_owned("when it was sent to the bank")
    sent_by: Mapped[Name | None] = v2_owned("by whom")
    credited_at: Mapped[Instant | None] = v2_owned("when the credit was confirmed")
    credited_by: Mapped[Name | None] = v2_owned("by whom")
    failed_at: Mapped[Instant | None] = v2_owned("when its transfer was given up")
    failed_by: Mapped[Name | None] = v2_owned("by whom")
    cancelled_at: Mapped[Instant | None] = v2_owned("when it was cancelled")
    cancelled_by: Mapped[Name | None] = v2_owned("by whom")
    reason: Mapped[Name | None] = v2_owned("why it failed or was cancelled")
    utr: Mapped[Name | None] = v2_owned("the bank's reference of the credit")


class SettlementItem(Base):
    """One transaction in one batch, with its money as it was settled."""

    __tablename__ = "sp_v2_settlement_items"
    __table_args__ = (
        one_of("item_state", ITEM_STATES),
        CheckConstraint(NET_OF_PAYMENT, name="net_is_what_is_left"),
        Index(
            "uq_sp_v2_settlement_items_live",
            "transaction_id",
            unique=True,
            postgresql_where=text("item_state <> 'RELEASED'"),
        ),
    )

    batch_id: Mapped[Identifier] = v2_owned("its batch", ForeignKey(BATCH), primary_key=True)
    transaction_id: Mapped[Name] = v2_owned("the transaction", primary_key=True)
    merchant_id: Mapped[Name] = v2_owned("merchant that is paid")
    due_date: Mapped[BusinessDate] = v2_owned("expected settlement date when it was settled")
    amount_paise: Mapped[Paise] = v2_owned("amount of the payment")
    fee_paise: Mapped[Paise] = v2_owned("fee taken from it")
    gst_paise: Mapped[Paise] = v2_owned("GST on the fee")
    reserve_hold_paise: Mapped[Paise] = v2_owned("held back of it")
    net_paise: Mapped[Paise] = v2_owned("what the merchant is paid for it")
    item_state: Mapped[Name] = v2_owned(
        "LIVE: settled; CREDITED: paid out; RELEASED: unsettled again"
    )
    settled_at: Mapped[Instant] = v2_owned("when its batch was made")
    paid_out_at: Mapped[Instant | None] = v2_owned("when the credit was confirmed; NULL = not yet")
    utr: Mapped[Name | None] = v2_owned("the bank's reference of the credit")
    released_at: Mapped[Instant | None] = v2_owned("when its batch failed or was cancelled")
    terms_id: Mapped[Ordinal | None] = v2_owned("terms that its money was computed by")
    fee_rate_id: Mapped[Ordinal | None] = v2_owned("fee rate that its money was computed by")


class ReserveEntry(Base):
    """One movement of a merchant's rolling reserve. Only ever added to.

    What stands in a batch that failed or was cancelled counts no more, its release neither.
    """

    __tablename__ = "sp_v2_reserve_ledger"
    __table_args__ = (
        one_of("kind", RESERVE_KINDS),
        CheckConstraint("amount_paise > 0", name="amount_is_positive"),
        CheckConstraint(
            "(kind = 'CONSUME') = (batch_id IS NULL) AND (kind = 'CONSUME') ="
            " (adjustment_id IS NOT NULL)",
            name="it_is_for_a_batch_or_an_adjustment",
        ),
        Index("ix_sp_v2_reserve_ledger_merchant", "merchant_id", "hold_id"),
        Index("ix_sp_v2_reserve_ledger_batch", "batch_id"),
    )

    entry_id: Mapped[Offset] = v2_owned("order of entry", primary_key=True, autoincrement=True)
    merchant_id: Mapped[Name] = v2_owned("merchant")
    kind: Mapped[Name] = v2_owned(f"one of {', '.join(RESERVE_KINDS)}")
    hold_id: Mapped[Identifier] = v2_owned("the hold that it is of: the batch that held it")
    batch_id: Mapped[Identifier | None] = v2_owned(
        "batch that holds or releases it; NULL = it was consumed", ForeignKey(BATCH)
    )
    adjustment_id: Mapped[Name | None] = v2_owned(
        "adjustment that was paid by it; NULL = it was not consumed",
        ForeignKey("sp_v2_adjustments.adjustment_id"),
    )
    entry_date: Mapped[BusinessDate] = v2_owned("cycle date of the batch, or day of consuming")
    amount_paise: Mapped[Paise] = v2_owned("how much, not signed")
    recorded_at: Mapped[Instant] = v2_owned("when", server_default=func.clock_timestamp())


class Adjustment(Base):
    """Money beside the payments: a refund, a chargeback, or a reversal of one. Signed paise."""

    __tablename__ = "sp_v2_adjustments"
    __table_args__ = (
        one_of("kind", ADJUSTMENT_KINDS),
        CheckConstraint(
            "amount_paise <> 0 AND (amount_paise > 0) = (kind = 'REVERSAL')",
            name="sign_is_that_of_the_kind",
        ),
        Index("ix_sp_v2_adjustments_merchant", "merchant_id", "due_date"),
        Index("ix_sp_v2_adjustments_origin", "origin_id"),
    )

    adjustment_id: Mapped[Name] = v2_owned("identity of the adjustment", primary_key=True)
    merchant_id: Mapped[Name] = v2_owned("merchant that it is charged to or paid to")
    kind: Mapped[Name] = v2_owned(f"one of {', '.join(ADJUSTMENT_KINDS)}")
    origin_id: Mapped[Name] = v2_owned("transaction; of a reversal: adjustment that it takes back")
    due_date: Mapped[BusinessDate] = v2_owned("business day from which batches take it")
    amount_paise: Mapped[Paise] = v2_owned("as the merchant sees it: a refund is negative")
    recorded_at: Mapped[Instant] = v2_owned("when", server_default=func.clock_timestamp())
    recorded_by: Mapped[Name] = v2_owned("by whom")


class AdjustmentPart(Base):
    """As much of an adjustment as one batch took. Counts while its batch is live."""

    __tablename__ = "sp_v2_adjustment_parts"
    __table_args__ = (Index("ix_sp_v2_adjustment_parts_adjustment", "adjustment_id"),)

    batch_id: Mapped[Identifier] = v2_owned("its batch", ForeignKey(BATCH), primary_key=True)
    adjustment_id: Mapped[Name] = v2_owned(
        "the adjustment", ForeignKey("sp_v2_adjustments.adjustment_id"), primary_key=True
    )
    amount_paise: Mapped[Paise] = v2_owned("how much of it, signed")


class BankTransfer(Base):
    """One batch that was sent to the bank, and what its statement says of it."""

    __tablename__ = "sp_v2_bank_transfers"
    __table_args__ = (
        Index(
            "uq_sp_v2_bank_transfers_utr",
            "utr",
            unique=True,
            postgresql_where=text("utr IS NOT NULL"),
        ),
    )

    batch_id: Mapped[Identifier] = v2_owned("its batch", ForeignKey(BATCH), primary_key=True)
    amount_paise: Mapped[PaiseSum] = v2_owned("what the bank is to transfer")
    sent_date: Mapped[BusinessDate] = v2_owned("business day on which it was sent")
    utr: Mapped[Name | None] = v2_owned("the bank's reference; NULL = not given yet")
    value_date: Mapped[BusinessDate | None] = v2_owned("when the bank credited it; NULL = not yet")
    confirmed_by: Mapped[Name | None] = v2_owned(
        "EXACT or TRUNCATED: how a statement's row named it; PERSON; NULL = not yet"
    )
    statement_digest: Mapped[Name | None] = v2_owned("SHA-256 of the statement; NULL = none")
    statement_line: Mapped[Ordinal | None] = v2_owned("line of it; NULL = none")
