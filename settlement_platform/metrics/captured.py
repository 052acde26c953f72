"""The cohort itself: what tiles 1 and 2 add up to."""

from __future__ import annotations

from settlement_platform.metrics.cohort import CohortTotals
from settlement_platform.metrics.metric import CountAndAmount, Metric


class Captured(Metric[CountAndAmount]):
    """C: count and amount."""

    slug = "captured"
    name = "Captured"
    unit = "count: payments; amount: paise"
    definition = (
        "Payments that the core system says succeeded, with their business date in the window, "
        "under the filters, without deleted ones. Settled and unsettled add up to it."
    )

    @classmethod
    def fold(cls, totals: CohortTotals) -> CountAndAmount:
        """Count and amount of the cohort."""
        return CountAndAmount(totals.captured_count, totals.captured_paise)
