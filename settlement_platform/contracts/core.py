"""The core system's tables, as far as we rely on them. Not ours: read by change data capture."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from settlement_platform.contracts.scalars import (
    BusinessDate,
    CoreBase,
    Flag,
    Instant,
    Name,
    Ordinal,
    Percent,
    Rupees,
)

CORE_STATUSES = ("INITIATED", "PENDING", "SUCCESS", "FAILED", "CANCELLED", "EXPIRED")
FINAL_FAILURES = ("FAILED", "CANCELLED", "EXPIRED")
PAYMENT_MODES = ("UPI", "CARD", "NETBANKING", "WALLET", "EMI")


class TransactionToSettle(CoreBase):
    """One customer payment to a merchant, as the core system has it."""

    __tablename__ = "transactions_to_settle"

    txn_id: Mapped[Name] = mapped_column(primary_key=True, comment="identity of the payment")
    merchant_code: Mapped[Name] = mapped_column(comment="merchant_data.merchant_id, not enforced")
    amount: Mapped[Rupees] = mapped_column(comment="amount paid")
    payment_mode: Mapped[Name] = mapped_column(comment=f"one of {', '.join(PAYMENT_MODES)}, or new")
    txn_date: Mapped[BusinessDate] = mapped_column(comment="business date of the payment")
    is_settled: Mapped[Flag] = mapped_column(comment="'1' once the core settled it")
    status: Mapped[Name] = mapped_column(comment=f"one of {', '.join(CORE_STATUSES)}")
    created_at: Mapped[Instant] = mapped_column(comment="when the payment was begun")
    updated_at: Mapped[Instant] = mapped_column(comment="when the row last changed")


class MerchantData(CoreBase):
    """One merchant and its terms, as the core system has them now."""

    __tablename__ = "merchant_data"

    merchant_id: Mapped[Name] = mapped_column(primary_key=True, comment="identity of the merchant")
    merchant_name: Mapped[Name] = mapped_column(comment="trading name")
    settlement_cycle: Mapped[Name] = mapped_column(comment="'T+N': N business days to payout")
    rolling_reserve_percentage: Mapped[Percent] = mapped_column(
        comment="share of a payout held back"
    )
    updated_at: Mapped[Instant] = mapped_column(comment="when the row last changed")


class PaymentGatewayResponse(CoreBase):
    """The gateway's answer to one payment."""

    __tablename__ = "payment_gateway_response"

    txn_id: Mapped[Name] = mapped_column(primary_key=True, comment="transactions_to_settle.txn_id")
    gateway: Mapped[Name] = mapped_column(comment="gateway that was asked")
    response_code: Mapped[Name] = mapped_column(comment="'00' is success")
    response_message: Mapped[Name | None] = mapped_column(comment="the gateway's words")
    responded_at: Mapped[Instant] = mapped_column(comment="when the gateway answered")


class SettlementCanary(CoreBase):
    """One row that the connector's heartbeat updates each second, followed through every hop."""

    __tablename__ = "settlement_canary"

    canary_id: Mapped[Ordinal] = mapped_column(primary_key=True, comment="always 1")
    beat_at: Mapped[Instant] = mapped_column(comment="the core's clock when it beat")


class SettlementSignal(CoreBase):
    """What the connector is asked to read again. It marks in the same table what it has read."""

    __tablename__ = "settlement_signal"

    id: Mapped[Name] = mapped_column(primary_key=True, comment="identity of the signal")
    type: Mapped[Name] = mapped_column(comment="what is asked for, as Debezium names it")
    data: Mapped[Name | None] = mapped_column(comment="what is to be read, as JSON")


CAPTURED_TABLES: tuple[type[CoreBase], ...] = (
    TransactionToSettle,
    MerchantData,
    PaymentGatewayResponse,
    SettlementCanary,
)
