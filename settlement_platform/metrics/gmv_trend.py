"""Tile 6: GMV trend."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from settlement_platform.metrics.cohort import Window, WindowError
from settlement_platform.metrics.metric import CountAndAmount, Metric, Sums, mean
from settlement_platform.metrics.reading import TRAILING_DAYS, Grain, Reading

MAX_DAYS = {Grain.MINUTE: 2, Grain.HOUR: 31}
"""Days of a window whose buckets are shorter than a day."""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One bucket; `start` is a business date, or the instant at which a shorter bucket begins."""

    start: dt.date | dt.datetime
    captured: CountAndAmount
    settled: CountAndAmount
    paid_out: CountAndAmount
    failed: CountAndAmount
    trailing_mean_paise: int | None


class GmvTrend(Metric[list[TrendPoint]]):
    """How much is taken, over time."""

    slug = "gmv_trend"
    name = "GMV trend"
    unit = "count: payments; amount: paise"
    definition = (
        "Payments by the day, hour or minute in which they were begun: captured, and of these "
        "settled and paid out; and failed. Buckets without a payment are left out, but days. The "
        "trailing mean is that of the captured amounts of seven days, the last of them the "
        "bucket's. The buckets add up to the window."
    )

    @classmethod
    def fold(cls, reading: Reading) -> list[TrendPoint]:
        """The buckets that have payments, in order."""
        return [
            _point(dt.datetime.fromisoformat(start), sums, None)
            for start, sums in reading.trend.items()
        ]

    @classmethod
    def fold_days(cls, reading: Reading, window: Window) -> list[TrendPoint]:
        """One point for each day of the window until the answer's own business date."""
        by_date = {dt.date.fromisoformat(start): sums for start, sums in reading.trend.items()}
        last = max([*by_date, window.from_date, min(reading.today, window.to_date - _DAY)])
        days = [window.from_date + at * _DAY for at in range((last - window.from_date).days + 1)]
        return [_point(day, by_date.get(day, Sums()), _trailing(by_date, day)) for day in days]


_DAY = dt.timedelta(days=1)


def _trailing(by_date: dict[dt.date, Sums], day: dt.date) -> int | None:
    span = (by_date.get(day - at * _DAY, Sums()) for at in range(TRAILING_DAYS))
    return mean(sum(sums["captured_paise"] for sums in span), TRAILING_DAYS)


def _point(start: dt.date | dt.datetime, sums: Sums, trailing_paise: int | None) -> TrendPoint:
    return TrendPoint(
        start=start,
        captured=sums.of("captured"),
        settled=sums.of("settled"),
        paid_out=sums.of("paid_out"),
        failed=sums.of("failed"),
        trailing_mean_paise=trailing_paise,
    )


def check_grain(grain: Grain, window: Window) -> None:
    """Raises WindowError when a window has too many buckets of a grain."""
    days = (window.to_date - window.from_date).days
    most = MAX_DAYS.get(grain)
    if most is not None and days > most:
        raise WindowError(
            "grain",
            f"the window from {window.from_date} to {window.to_date} has {days} days",
            f"by the {grain.value} choose at most {most} days, or a longer grain",
        )
