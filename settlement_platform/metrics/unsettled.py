"""Tile 2: Unsettled."""

from __future__ import annotations

from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.cohort import CohortTotals
from settlement_platform.metrics.metric import CountAndAmount, Metric
from settlement_platform.metrics.settled import Settled


class Unsettled(Metric[CountAndAmount]):
    """What of the cohort is not settled. Defined as the rest, so that nothing falls between."""

    slug = "unsettled"
    name = "Unsettled"
    unit = "count: payments; amount: paise"
    definition = "Captured payments that are not settled by as_of, and the sum of their amounts."

    @classmethod
    def fold(cls, totals: CohortTotals) -> CountAndAmount:
        """The cohort without what is settled."""
        return Captured.fold(totals) - Settled.fold(totals)
