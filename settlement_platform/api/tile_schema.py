"""What the tiles look like in an answer."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from settlement_platform.api.schema import (
    AmountAnswer,
    Answer,
    CohortAnswer,
    PaiseText,
    RateAnswer,
    WindowAnswer,
    metric_field,
)
from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.failures import Failures
from settlement_platform.metrics.funnel import Funnel
from settlement_platform.metrics.gmv_trend import GmvTrend
from settlement_platform.metrics.payment_methods import PaymentMethods
from settlement_platform.metrics.rate_performance import RatePerformance
from settlement_platform.metrics.reading import Grain
from settlement_platform.metrics.settled import LastPayout, Settled, SettledNet
from settlement_platform.metrics.settlement_rate import MatureRate, OnTimeRate, SettlementRate
from settlement_platform.metrics.settlement_time import SettlementTime
from settlement_platform.metrics.unsettled import Unsettled, UnsettledClasses


class ClassesAnswer(Answer):
    """The unsettled in classes that add up to it."""

    awaiting_reconciliation: AmountAnswer
    not_yet_due: AmountAnswer
    due_today: AmountAnswer
    overdue: AmountAnswer
    without_date: AmountAnswer
    on_hold: AmountAnswer | None


class PayoutAnswer(Answer):
    """One credit of the bank."""

    amount_paise: PaiseText = Field(description="net of the batch")
    utr: str | None = Field(description="the bank's reference")
    credited_at: dt.datetime = Field(description="when the credit was confirmed")


class TimesAnswer(Answer):
    """How long settlement took."""

    mean_seconds: int | None = Field(description="from capture; null of none")
    p50_below_seconds: int | None = Field(description="half took less; null of none, or above all")
    p90_below_seconds: int | None = Field(description="nine tenths took less; null likewise")
    late_count: int | None = Field(description="settled after the expected date")
    late_days: int | None = Field(description="calendar days after it, added up")
    oldest_unsettled_date: dt.date | None = Field(description="null without one")
    oldest_unsettled_days: int | None = Field(description="days since then")


class MethodAnswer(Answer):
    """One payment method."""

    payment_method: str = Field(description="the core's spelling, or OTHER", examples=["UPI"])
    captured: AmountAnswer
    share: RateAnswer = Field(description="of all captured")
    mean_ticket_paise: PaiseText | None = Field(description="mean amount")
    mature_rate: RateAnswer
    effective_fee_bps: int | None = Field(description="fees ÷ amounts; null while not known")


class PointAnswer(Answer):
    """One bucket of the trend."""

    start: dt.date | dt.datetime = Field(description="business date, or instant of the begin")
    captured: AmountAnswer
    settled: AmountAnswer
    paid_out: AmountAnswer
    failed: AmountAnswer
    trailing_mean_paise: PaiseText | None = Field(description="over seven days; null of no day")


class StageAnswer(Answer):
    """One stage of the funnel."""

    stage: str = Field(examples=["captured"])
    value: AmountAnswer
    share_of_captured: RateAnswer
    median_below_seconds: int | None = Field(description="half came from the stage before in less")


class SpanAnswer(Answer):
    """The rates of one span of time."""

    span: str = Field(examples=["last_7_days"])
    captured: AmountAnswer
    settlement_rate: RateAnswer
    mature_rate: RateAnswer
    on_time_rate: RateAnswer
    breaches: AmountAnswer | None


class ReasonAnswer(Answer):
    """One reason of failures."""

    failure_code: str = Field(examples=["BANK_DECLINED"])
    failure_owner: str = Field(examples=["bank"])
    failed: AmountAnswer


class ExceptionsAnswer(Answer):
    """What failed and what is at risk."""

    failed: AmountAnswer
    reasons: list[ReasonAnswer]
    value_at_risk: AmountAnswer | None
    oldest_unsettled_date: dt.date | None
    anomalies_open: int | None


class PreviousAnswer(Answer):
    """The window before, as it stood at the same age."""

    as_of: dt.datetime
    window: WindowAnswer
    captured: AmountAnswer = metric_field(Captured)
    settled: AmountAnswer = metric_field(Settled)
    unsettled: AmountAnswer = metric_field(Unsettled)
    settlement_rate: RateAnswer = metric_field(SettlementRate)
    mature_rate: RateAnswer = metric_field(MatureRate)


class KpiAnswer(CohortAnswer):
    """Tiles 1 to 4. Settled and unsettled add up to captured, in count and amount."""

    captured: AmountAnswer = metric_field(Captured)
    settled: AmountAnswer = metric_field(Settled)
    settled_net_paise: PaiseText | None = metric_field(SettledNet)
    last_payout: PayoutAnswer | None = metric_field(LastPayout)
    unsettled: AmountAnswer = metric_field(Unsettled)
    unsettled_classes: ClassesAnswer = metric_field(UnsettledClasses)
    settlement_rate: RateAnswer = metric_field(SettlementRate)
    mature_rate: RateAnswer = metric_field(MatureRate)
    on_time_rate: RateAnswer = metric_field(OnTimeRate)
    settlement_time: TimesAnswer = metric_field(SettlementTime)
    previous: PreviousAnswer | None = Field(description="null where no comparison is asked for")


class PaymentModesAnswer(CohortAnswer):
    """Tile 5."""

    payment_methods: list[MethodAnswer] = metric_field(PaymentMethods)


class GmvTrendAnswer(CohortAnswer):
    """Tile 6."""

    grain: Grain
    gmv_trend: list[PointAnswer] = metric_field(GmvTrend)


class FunnelAnswer(CohortAnswer):
    """Tile 7."""

    funnel: list[StageAnswer] = metric_field(Funnel)


class SettlementRateAnswer(CohortAnswer):
    """Tile 8."""

    rate_performance: list[SpanAnswer] = metric_field(RatePerformance)


class FailureAnalysisAnswer(CohortAnswer):
    """Tile 9."""

    failures: ExceptionsAnswer = metric_field(Failures)


class DashboardAnswer(
    KpiAnswer,
    PaymentModesAnswer,
    GmvTrendAnswer,
    FunnelAnswer,
    SettlementRateAnswer,
    FailureAnalysisAnswer,
):
    """All nine tiles, of one snapshot."""
