"""The V2 tables that streams fill. Ours: the source of truth for analytics.

Each column has one owner: `stream` (Flink writes it) or `v2` (the database, people, schedules).
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from settlement_platform.contracts.scalars import (
    Base,
    BasisPoints,
    BusinessDate,
    BusinessDays,
    Bytes,
    Count,
    Identifier,
    Instant,
    Json,
    Lsn,
    Name,
    Offset,
    Ordinal,
    Paise,
    PaiseSum,
    Score,
    Truth,
)

SOURCE_STREAM = "SABPAISA_STREAM"
SOURCE_UPLOAD = "MANUAL_UPLOAD"
STATUSES = ("PENDING", "RECONCILED", "SETTLED", "FAILED")
GRAINS = ("MINUTE", "HOUR", "DAY")
MINUTE_GRAIN_HOURS = 48
"""A version counts in MINUTE buckets when it was committed at most this long after creation."""
RULES = (
    "duplicate_charge",
    "failure_spike",
    "fee_mismatch",
    "gmv_deviation",
    "refund_burst",
    "settlement_overdue",
)
"""What is looked for; docs/anomalies.md says when each finds something."""
ANOMALY_STATES = ("OPEN", "ACKNOWLEDGED", "CLOSED")
OWNER: Literal["owner"] = "owner"


def v2_owned(comment: str, *keys: ForeignKey, **more: Any) -> Any:
    """A column that the stream never writes, so that no update from it can lose the value."""
    return mapped_column(*keys, comment=comment, info={OWNER: "v2"}, **more)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A column holds one of these texts."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")


def loaded_at() -> Any:
    """When V2 took this version of the row; set by the database."""
    return v2_owned("when V2 took this version", server_default=func.clock_timestamp())


def brin_index(name: str, column: str) -> Index:
    """An index on what grows with the table: small, and no obstacle to updates in place."""
    options = {"pages_per_range": 16, "autosummarize": "on"}
    return Index(name, column, postgresql_using="brin", postgresql_with=options)


class TransactionColumns:
    """The columns of one transaction, shared by the row and its history."""

    merchant_id: Mapped[Name] = mapped_column(comment="merchant that is paid")
    amount_paise: Mapped[Paise] = mapped_column(comment="amount of the payment")
    payment_method: Mapped[Name] = mapped_column(comment="the core's spelling, as it is")
    transaction_date: Mapped[BusinessDate] = mapped_column(comment="business date of the payment")
    source_type: Mapped[Name] = mapped_column(comment=f"{SOURCE_STREAM} or {SOURCE_UPLOAD}")
    status: Mapped[Name] = mapped_column(comment=f"one of {', '.join(STATUSES)}")
    created_at: Mapped[Instant] = mapped_column(comment="when the payment was begun")
    captured_at: Mapped[Instant | None] = mapped_column(
        comment="when it succeeded: the gateway's answer, or created_at without one; NULL = not yet"
    )
    reconciled_at: Mapped[Instant | None] = mapped_column(
        comment="captured, and nothing found wrong with it: its captured_at; NULL = not yet"
    )
    settled_at: Mapped[Instant | None] = mapped_column(
        comment="when its live batch was made; without one the last change of a row that the core"
        " says is settled; NULL = not yet"
    )
    paid_out_at: Mapped[Instant | None] = mapped_column(
        comment="when the bank credited its live batch; NULL = not yet"
    )
    settlement_batch_id: Mapped[Identifier | None] = mapped_column(
        comment="live batch that it stands in"
    )
    expected_settlement_date: Mapped[BusinessDate | None] = mapped_column(
        comment="business day of the promised payout; NULL = not known"
    )
    fee_paise: Mapped[Paise | None] = mapped_column(comment="fee taken from it; NULL = not known")
    gst_paise: Mapped[Paise | None] = mapped_column(comment="GST on the fee; NULL = not known")
    reserve_hold_paise: Mapped[Paise | None] = mapped_column(
        comment="held back of it; NULL = not known"
    )
    net_paise: Mapped[Paise | None] = mapped_column(
        comment="amount less fee, GST and reserve hold; NULL = not known"
    )
    terms_id: Mapped[Ordinal | None] = mapped_column(
        comment="terms of the merchant that it was captured under"
    )
    fee_rate_id: Mapped[Ordinal | None] = mapped_column(
        comment="fee rate that it was captured under"
    )
    calendar_version: Mapped[Ordinal | None] = mapped_column(
        comment="version of the holidays that its expected date was computed by"
    )
    gateway: Mapped[Name | None] = mapped_column(comment="gateway that answered")
    failure_code: Mapped[Name | None] = mapped_column(
        comment="of a final failure: the gateway's code, or the core's status without an answer"
    )
    failure_owner: Mapped[Name | None] = mapped_column(
        comment="of a final failure: bank, gateway, merchant, operations or system"
    )
    deleted_at: Mapped[Instant | None] = mapped_column(
        comment="when the core deleted it; such a row is kept and left out of every number"
    )
    source_lsn: Mapped[Lsn] = mapped_column(comment="version: LSN of the core row's change")
    gateway_lsn: Mapped[Lsn] = mapped_column(
        comment="version: LSN of the gateway answer's change, 0 = no answer yet"
    )
    restated_lsn: Mapped[Lsn] = mapped_column(
        comment="version: LSN in V2 of its last restatement, 0 = never restated",
        server_default=text("0"),
    )
    settlement_lsn: Mapped[Lsn] = mapped_column(
        comment="version: LSN in V2 of its newest batch item's change, 0 = never in a batch",
        server_default=text("0"),
    )
    source_committed_at: Mapped[Instant] = mapped_column(
        comment="commit of the newest change that this version holds, in the core or of its batch"
    )


class Transaction(TransactionColumns, Base):
    """One customer payment, enriched; newest version. Never deleted by the stream."""

    __tablename__ = "sp_v2_transactions"
    __table_args__ = (
        Index("ix_sp_v2_transactions_date_merchant", "transaction_date", "merchant_id"),
        Index("ix_sp_v2_transactions_merchant", "merchant_id", "created_at"),
        brin_index("ix_sp_v2_transactions_committed", "source_committed_at"),
        brin_index("ix_sp_v2_transactions_created", "created_at"),
    )

    transaction_id: Mapped[Name] = mapped_column(
        primary_key=True, comment="identity of the payment", sort_order=-1
    )
    loaded_at: Mapped[Instant] = loaded_at()


class TransactionHistory(TransactionColumns, Base):
    """Every version of a transaction that V2 held and replaced. Written by V2's trigger alone."""

    __tablename__ = "sp_v2_transaction_history"
    __table_args__ = (
        Index("ix_sp_v2_transaction_history_id", "transaction_id", "source_lsn"),
        brin_index("ix_sp_v2_transaction_history_valid_to", "valid_to_at"),
    )

    history_id: Mapped[Offset] = mapped_column(
        primary_key=True, autoincrement=True, comment="order of replacement", sort_order=-2
    )
    transaction_id: Mapped[Name] = mapped_column(comment="identity of the payment", sort_order=-1)
    valid_from_at: Mapped[Instant] = mapped_column(comment="commit in the core that made it true")
    valid_to_at: Mapped[Instant] = mapped_column(comment="commit in the core that replaced it")
    loaded_at: Mapped[Instant] = mapped_column(comment="when V2 took this version")
    replaced_at: Mapped[Instant] = mapped_column(comment="when V2 replaced this version")


class MerchantMaster(Base):
    """One merchant and its terms, as they are now."""

    __tablename__ = "sp_v2_merchant_master"

    merchant_id: Mapped[Name] = mapped_column(primary_key=True, comment="identity of the merchant")
    merchant_name: Mapped[Name] = mapped_column(comment="trading name")
    settlement_cycle_days: Mapped[BusinessDays] = mapped_column(comment="N of the core's T+N")
    rolling_reserve_bps: Mapped[BasisPoints] = mapped_column(comment="share of a payout held back")
    updated_at: Mapped[Instant] = mapped_column(comment="when the core last changed it")
    deleted_at: Mapped[Instant | None] = mapped_column(comment="when the core deleted it")
    source_lsn: Mapped[Lsn] = mapped_column(comment="version: LSN of the change in the core")
    source_committed_at: Mapped[Instant] = mapped_column(comment="commit of that change")
    loaded_at: Mapped[Instant] = loaded_at()


class RealtimeAggregate(Base):
    """The cube. One row holds every stage of one bucket, so one upsert moves a transaction."""

    __tablename__ = "sp_v2_realtime_aggregates"
    __table_args__ = (
        Index("ix_sp_v2_realtime_aggregates_date", "bucket_grain", "transaction_date"),
    )

    bucket_grain: Mapped[Name] = mapped_column(
        primary_key=True,
        comment=f"one of {', '.join(GRAINS)}; MINUTE for the last {MINUTE_GRAIN_HOURS} hours",
    )
    bucket_start_at: Mapped[Instant] = mapped_column(
        primary_key=True, comment="start of the bucket of created_at (DAY: of transaction_date)"
    )
    transaction_date: Mapped[BusinessDate] = mapped_column(
        primary_key=True, comment="business date of the payments counted"
    )
    merchant_id: Mapped[Name] = mapped_column(primary_key=True, comment="merchant")
    payment_method: Mapped[Name] = mapped_column(primary_key=True, comment="the core's spelling")
    source_type: Mapped[Name] = mapped_column(primary_key=True, comment="where rows came from")
    attempted_count: Mapped[Count] = mapped_column(comment="payments begun, not deleted")
    attempted_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    captured_count: Mapped[Count] = mapped_column(comment="of these, captured")
    captured_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    reconciled_count: Mapped[Count] = mapped_column(comment="of these, reconciled")
    reconciled_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    settled_count: Mapped[Count] = mapped_column(comment="of these, settled")
    settled_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    failed_count: Mapped[Count] = mapped_column(comment="of the attempted, failed for good")
    failed_paise: Mapped[PaiseSum] = mapped_column(comment="their amounts")
    source_lsn: Mapped[Lsn] = mapped_column(comment="version: highest LSN counted in")
    source_events: Mapped[Count] = mapped_column(comment="version: changes counted in")
    source_committed_at: Mapped[Instant] = mapped_column(comment="newest commit counted in")
    loaded_at: Mapped[Instant] = loaded_at()


class DeadLetter(Base):
    """One record that could not be applied."""

    __tablename__ = "sp_v2_dead_letters"

    source_topic: Mapped[Name] = mapped_column(primary_key=True, comment="topic")
    source_partition: Mapped[Ordinal] = mapped_column(
        primary_key=True, autoincrement=False, comment="partition"
    )
    source_offset: Mapped[Offset] = mapped_column(
        primary_key=True, autoincrement=False, comment="offset"
    )
    reason: Mapped[Name] = mapped_column(comment="why it could not be applied")
    payload: Mapped[Bytes | None] = mapped_column(comment="the record's value, byte for byte")
    produced_at: Mapped[Instant] = mapped_column(comment="the record's timestamp in Kafka")
    state: Mapped[Name] = v2_owned("open, replayed or dismissed", server_default=text("'open'"))
    loaded_at: Mapped[Instant] = loaded_at()


class Canary(Base):
    """The newest canary row that crossed the whole chain, with its time at every hop."""

    __tablename__ = "sp_v2_canary"

    canary_id: Mapped[Ordinal] = mapped_column(
        primary_key=True, autoincrement=False, comment="always 1"
    )
    core_at: Mapped[Instant] = mapped_column(comment="the core's clock when it beat")
    connect_at: Mapped[Instant] = mapped_column(comment="when Debezium read it")
    kafka_at: Mapped[Instant] = mapped_column(comment="the record's timestamp in Kafka")
    flink_at: Mapped[Instant] = mapped_column(comment="when Flink read it")
    source_lsn: Mapped[Lsn] = mapped_column(comment="version: LSN of the beat")
    loaded_at: Mapped[Instant] = loaded_at()


class Anomaly(Base):
    """One finding: a rule, what it was found of, and in which window. Kept when it is withdrawn."""

    __tablename__ = "sp_v2_anomalies"
    __table_args__ = (
        one_of("rule", RULES),
        one_of("state", ANOMALY_STATES),
        Index("uq_sp_v2_anomalies_id", "anomaly_id", unique=True),
        Index("ix_sp_v2_anomalies_raised", "raised_at", "anomaly_id"),
    )

    rule: Mapped[Name] = mapped_column(primary_key=True, comment=f"one of {', '.join(RULES)}")
    subject: Mapped[Name] = mapped_column(
        primary_key=True, comment="what it was found of, by its parts, with blanks between them"
    )
    window_start_at: Mapped[Instant] = mapped_column(
        primary_key=True, comment="first instant of what was looked at"
    )
    window_end_at: Mapped[Instant] = mapped_column(comment="first instant after it")
    merchant_id: Mapped[Name | None] = mapped_column(comment="merchant; NULL = not of one merchant")
    holds: Mapped[Truth] = mapped_column(comment="whether the rule finds it now; no = withdrawn")
    unit: Mapped[Name] = mapped_column(comment="of observed and expected: paise, count or bps")
    observed: Mapped[PaiseSum] = mapped_column(comment="what is there")
    expected: Mapped[PaiseSum] = mapped_column(comment="what was to be expected")
    score: Mapped[Score] = mapped_column(comment="how far the one is from the other, signed")
    evidence: Mapped[Json] = mapped_column(comment="the numbers that the rule decided by")
    source_lsn: Mapped[Lsn] = mapped_column(comment="version: highest LSN counted in")
    source_events: Mapped[Count] = mapped_column(comment="version: changes counted in")
    source_committed_at: Mapped[Instant] = mapped_column(comment="newest commit counted in")
    anomaly_id: Mapped[Identifier] = v2_owned(
        "identity of the finding", server_default=text("gen_random_uuid()")
    )
    raised_at: Mapped[Instant] = v2_owned(
        "when V2 took it, the last time that it came to hold", server_default=text("now()")
    )
    withdrawn_at: Mapped[Instant | None] = v2_owned("when it came to hold no more")
    state: Mapped[Name] = v2_owned(
        f"one of {', '.join(ANOMALY_STATES)}; OPEN again when it is raised again",
        server_default=text("'OPEN'"),
    )
    decided_at: Mapped[Instant | None] = v2_owned("when somebody acknowledged or closed it")
    decided_by: Mapped[Name | None] = v2_owned("who did")
    note: Mapped[Name | None] = v2_owned("what they said of it")
    loaded_at: Mapped[Instant] = loaded_at()


class AsOf(Base):
    """One row: everything that the core committed before `as_of` is in V2 or in dead letters."""

    __tablename__ = "sp_v2_as_of"

    as_of_id: Mapped[Ordinal] = v2_owned("always 1", primary_key=True, autoincrement=False)
    as_of: Mapped[Instant] = v2_owned("everything that the core committed before it is in")
    published_at: Mapped[Instant] = v2_owned("when that was established")


class JobDeployment(Base):
    """What was last deployed as a Flink job, written down before it is done."""

    __tablename__ = "sp_v2_job_deployments"

    job_name: Mapped[Name] = v2_owned("name of the Flink job", primary_key=True)
    spec_hash: Mapped[Name] = v2_owned("hash of its settings and SQL")
    flink_job_id: Mapped[Name | None] = v2_owned("Flink's identity of the running job")
    restored_from: Mapped[Name | None] = v2_owned("checkpoint or savepoint it began from")
    deployed_at: Mapped[Instant] = v2_owned("when", server_default=func.clock_timestamp())


STREAMED_TABLES: tuple[type[Base], ...] = (
    Transaction,
    MerchantMaster,
    RealtimeAggregate,
    DeadLetter,
    Canary,
    Anomaly,
)
"""Tables that Flink jobs write, in flow order."""
