"""The cohort itself: what tiles 1 and 2 add up to."""

from __future__ import annotations

from settlement_platform.metrics.metric import CountAndAmount, Metric, total
from settlement_platform.metrics.reading import Reading


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
    def fold(cls, reading: Reading) -> CountAndAmount:
        """Count and amount of the cohort."""
        return total(reading.due.values(), "captured")
