"""Tile 4: Settlement time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from settlement_platform.metrics.durations import counts, within_seconds
from settlement_platform.metrics.metric import Metric, mean
from settlement_platform.metrics.reading import Due, Reading
from settlement_platform.metrics.settled import Settled


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from capture to settlement, days against the promise; None = not known."""

    mean_seconds: int | None
    p50_below_seconds: int | None
    p90_below_seconds: int | None
    late_count: int | None
    late_days: int | None
    oldest_unsettled_date: dt.date | None
    oldest_unsettled_days: int | None


class SettlementTime(Metric[Times]):
    """How long merchants wait."""

    slug = "settlement_time"
    name = "Settlement time"
    unit = "seconds; late: payments, and calendar days"
    definition = (
        "Over the settled payments of the cohort: mean of settled_at - captured_at, and the bound "
        "below which half and nine tenths of them lie, on a fixed scale of hours. Late: how many "
        "were settled after their expected date, and by how many days added up; null where no date "
        "is known. Oldest unsettled: business date of the oldest payment that is not settled, and "
        "its age in days."
    )

    @classmethod
    def fold(cls, reading: Reading) -> Times:
        """The times of the settled payments."""
        sums = list(reading.due.values())
        settled = counts(sums, "settle")
        dated = [one for due, one in reading.due.items() if due is not Due.UNKNOWN]
        is_promised = any(one["settled_count"] for one in dated)
        oldest = reading.oldest_unsettled_date
        return Times(
            mean_seconds=mean(
                sum(one["settle_seconds"] for one in sums), Settled.fold(reading).count
            ),
            p50_below_seconds=within_seconds(settled, "settle", 50),
            p90_below_seconds=within_seconds(settled, "settle", 90),
            late_count=sum(one["late_count"] for one in dated) if is_promised else None,
            late_days=sum(one["late_days"] for one in dated) if is_promised else None,
            oldest_unsettled_date=oldest,
            oldest_unsettled_days=None if oldest is None else (reading.today - oldest).days,
        )
