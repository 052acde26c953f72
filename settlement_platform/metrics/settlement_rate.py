"""Tile 3: Settlement rate."""

from __future__ import annotations

from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.metric import Metric, Rates, Sums, rates, total
from settlement_platform.metrics.reading import Due, Reading
from settlement_platform.metrics.settled import Settled

NO_RATES = Rates(None, None)


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
    def fold(cls, reading: Reading) -> Rates:
        """Both rates of the cohort."""
        return rates(Settled.fold(reading), Captured.fold(reading))


class MatureRate(Metric[Rates]):
    """The headline: settled of what should be."""

    slug = "mature_rate"
    name = "Mature settlement rate"
    unit = "basis points"
    definition = (
        "Of the captured payments whose expected settlement date is before the business date of "
        "as_of: the share that is settled, by count and by value; null when there is none."
    )

    @classmethod
    def fold(cls, reading: Reading) -> Rates:
        """Both rates of the mature cohort."""
        mature = reading.due.get(Due.PAST, Sums())
        return rates(mature.of("settled"), mature.of("captured"))


class OnTimeRate(Metric[Rates]):
    """The promise that was kept."""

    slug = "on_time_rate"
    name = "Paid out on time"
    unit = "basis points"
    definition = (
        "Of the captured payments whose expected settlement date is before the business date of "
        "as_of: the share that was paid out by that date, by count and by value; null when there "
        "is none, and while no payout of the window is known."
    )

    @classmethod
    def fold(cls, reading: Reading) -> Rates:
        """Both rates of the mature cohort."""
        if total(reading.due.values(), "paid_out").count == 0:
            return NO_RATES
        mature = reading.due.get(Due.PAST, Sums())
        return rates(mature.of("on_time"), mature.of("captured"))
