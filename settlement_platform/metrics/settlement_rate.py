"""Tile 3: Settlement rate."""

from __future__ import annotations

from dataclasses import dataclass

from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.cohort import CohortTotals
from settlement_platform.metrics.metric import Metric
from settlement_platform.metrics.settled import Settled

BPS = 10_000
"""Basis points in a whole."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates in basis points; None where there is nothing to divide by."""

    by_count_bps: int | None
    by_value_bps: int | None


def rate_bps(part: int, whole: int) -> int | None:
    """part ÷ whole in basis points, rounded half up; None when the whole is 0."""
    if whole == 0:
        return None
    return (2 * BPS * part + whole) // (2 * whole)


class SettlementRate(Metric[Rates]):
    """Settled of captured, by count and by value."""

    slug = "settlement_rate"
    name = "Settlement rate"
    unit = "basis points"
    definition = (
        "Settled ÷ captured, by count and by value, rounded half up to a basis point; "
        "null when nothing was captured."
    )

    @classmethod
    def fold(cls, totals: CohortTotals) -> Rates:
        """Both rates of the cohort."""
        settled, captured = Settled.fold(totals), Captured.fold(totals)
        return Rates(
            by_count_bps=rate_bps(settled.count, captured.count),
            by_value_bps=rate_bps(settled.amount_paise, captured.amount_paise),
        )
