"""The V2 tables that are computed by business day: closes, the record of closings, and marts."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from settlement_platform.contracts.scalars import (
    Base,
    BasisPoints,
    BusinessDate,
    Count,
    Instant,
    Name,
    Ordinal,
    PaiseSum,
    Seconds,
)
from settlement_platform.contracts.v2 import v2_owned


class DayFigures:
    """What a day's payments come to, stage by stage."""

    attempted_count: Mapped[Count] = v2_owned("payments begun, not deleted")
    attempted_paise: Mapped[PaiseSum] = v2_owned("their amounts")
    captured_count: Mapped[Count] = v2_owned("of these, captured")
    captured_paise: Mapped[PaiseSum] = v2_owned("their amounts")
    reconciled_count: Mapped[Count] = v2_owned("of these, reconciled")
    reconciled_paise: Mapped[PaiseSum] = v2_owned("their amounts")
    settled_count: Mapped[Count] = v2_owned("of these, settled")
    settled_paise: Mapped[PaiseSum] = v2_owned("their amounts")
    unsettled_count: Mapped[Count] = v2_owned("of the captured, not settled")
    unsettled_paise: Mapped[PaiseSum] = v2_owned("their amounts")
    failed_count: Mapped[Count] = v2_owned("of the attempted, failed for good")
    failed_paise: Mapped[PaiseSum] = v2_owned("their amounts")


class ClosingColumns:
    """The closing that figures are of."""

    version: Mapped[Ordinal] = v2_owned("the day's closing that brought these figures, from 1")
    as_of: Mapped[Instant] = v2_owned("everything that the core committed before it is in")
    closed_at: Mapped[Instant] = v2_owned("when it was closed")


class DailyClose(ClosingColumns, DayFigures, Base):
    """A closed business day by merchant, method and source: the newest figures. Money in paise."""

    __tablename__ = "sp_v2_daily_closes"

    transaction_date: Mapped[BusinessDate] = v2_owned(
        "the closed business day", primary_key=True, sort_order=-4
    )
    merchant_id: Mapped[Name] = v2_owned("merchant", primary_key=True, sort_order=-3)
    payment_method: Mapped[Name] = v2_owned("the core's spelling", primary_key=True, sort_order=-2)
    source_type: Mapped[Name] = v2_owned("where rows came from", primary_key=True, sort_order=-1)


class DailyCloseHistory(ClosingColumns, DayFigures, Base):
    """Every row of a close that a later closing replaced. Written by V2's trigger alone."""

    __tablename__ = "sp_v2_daily_close_history"

    transaction_date: Mapped[BusinessDate] = v2_owned(
        "the closed business day", primary_key=True, sort_order=-5
    )
    merchant_id: Mapped[Name] = v2_owned("merchant", primary_key=True, sort_order=-4)
    payment_method: Mapped[Name] = v2_owned("the core's spelling", primary_key=True, sort_order=-3)
    source_type: Mapped[Name] = v2_owned("where rows came from", primary_key=True, sort_order=-2)
    version: Mapped[Ordinal] = v2_owned(
        "the day's closing that brought these figures, from 1", primary_key=True, sort_order=-1
    )
    replaced_at: Mapped[Instant] = v2_owned("when a later closing replaced them", sort_order=1)


class DayClosing(DayFigures, Base):
    """One closing of one business day, with the day's totals. Only ever added to."""

    __tablename__ = "sp_v2_day_closings"

    transaction_date: Mapped[BusinessDate] = v2_owned(
        "the closed business day", primary_key=True, sort_order=-5
    )
    version: Mapped[Ordinal] = v2_owned(
        "1 for the first; a later one is there because a figure changed",
        primary_key=True,
        sort_order=-4,
    )
    as_of: Mapped[Instant] = v2_owned(
        "everything that the core committed before it is in", sort_order=-3
    )
    closed_at: Mapped[Instant] = v2_owned("when it was closed", sort_order=-2)
    changed_rows: Mapped[Count] = v2_owned("rows of the close that it brought", sort_order=-1)


class MartMerchantDay(Base):
    """A merchant's closed business day: rates, and how long settlement took."""

    __tablename__ = "sp_v2_mart_merchant_days"

    transaction_date: Mapped[BusinessDate] = v2_owned("the closed business day", primary_key=True)
    merchant_id: Mapped[Name] = v2_owned("merchant", primary_key=True)
    attempted_count: Mapped[Count] = v2_owned("payments begun, not deleted")
    captured_count: Mapped[Count] = v2_owned("of these, captured")
    captured_paise: Mapped[PaiseSum] = v2_owned("their amounts")
    settled_count: Mapped[Count] = v2_owned("of these, settled")
    settled_paise: Mapped[PaiseSum] = v2_owned("their amounts")
    success_rate_bps: Mapped[BasisPoints | None] = v2_owned(
        "captured of attempted, by count; NULL = none attempted"
    )
    settlement_rate_bps: Mapped[BasisPoints | None] = v2_owned(
        "settled of captured, by count; NULL = none captured"
    )
    settle_p50_seconds: Mapped[Seconds | None] = v2_owned(
        "of the settled: median of settled_at - captured_at; NULL = none settled"
    )
    settle_p90_seconds: Mapped[Seconds | None] = v2_owned("of the same: 90th percentile")
    version: Mapped[Ordinal] = v2_owned("the day's closing that it was computed from")
    computed_at: Mapped[Instant] = v2_owned("when")


COMPUTED_TABLES: tuple[type[Base], ...] = (DailyClose, MartMerchantDay)
"""Tables that Dagster computes by business day, in flow order."""
