"""Tile 1: Settled."""

from __future__ import annotations

from settlement_platform.metrics.cohort import CohortTotals
from settlement_platform.metrics.metric import CountAndAmount, Metric


class Settled(Metric[CountAndAmount]):
    """What of the cohort is settled: count and amount."""

    slug = "settled"
    name = "Settled"
    unit = "count: payments; amount: paise"
    definition = "Captured payments that are settled by as_of, and the sum of their amounts."

    @classmethod
    def fold(cls, totals: CohortTotals) -> CountAndAmount:
        """Count and amount of what is settled."""
        return CountAndAmount(totals.settled_count, totals.settled_paise)
