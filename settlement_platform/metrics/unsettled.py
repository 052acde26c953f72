"""Tile 2: Unsettled."""

from __future__ import annotations

from dataclasses import dataclass

from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.metric import CountAndAmount, Metric, total
from settlement_platform.metrics.reading import Due, Reading
from settlement_platform.metrics.settled import Settled


class Unsettled(Metric[CountAndAmount]):
    """What of the cohort is not settled. Defined as the rest, so that nothing falls between."""

    slug = "unsettled"
    name = "Unsettled"
    unit = "count: payments; amount: paise"
    definition = "Captured payments that are not settled by as_of, and the sum of their amounts."

    @classmethod
    def fold(cls, reading: Reading) -> CountAndAmount:
        """The cohort without what is settled."""
        return Captured.fold(reading) - Settled.fold(reading)


@dataclass(frozen=True, slots=True)
class Classes:
    """The unsettled in classes without overlap; they add up to it. None = not known."""

    awaiting_reconciliation: CountAndAmount
    not_yet_due: CountAndAmount
    due_today: CountAndAmount
    overdue: CountAndAmount
    without_date: CountAndAmount
    on_hold: CountAndAmount | None


class UnsettledClasses(Metric[Classes]):
    """Why what is unsettled is unsettled."""

    slug = "unsettled_classes"
    name = "Unsettled by class"
    unit = "count: payments; amount: paise"
    definition = (
        "Of the unsettled: not reconciled yet; of the reconciled by their expected settlement date "
        "against the business date of as_of: later, the same, earlier, or not known. On hold is "
        "null: nothing puts payments on hold yet."
    )

    @classmethod
    def fold(cls, reading: Reading) -> Classes:
        """Count and amount of each class."""
        sums = reading.due.values()
        waiting = {
            due: one.of("reconciled") - one.of("settled") for due, one in reading.due.items()
        }
        nothing = CountAndAmount(0, 0)
        return Classes(
            awaiting_reconciliation=total(sums, "captured") - total(sums, "reconciled"),
            not_yet_due=waiting.get(Due.LATER, nothing),
            due_today=waiting.get(Due.TODAY, nothing),
            overdue=waiting.get(Due.PAST, nothing),
            without_date=waiting.get(Due.UNKNOWN, nothing),
            on_hold=None,
        )
