"""Tile 9: Failures and exceptions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from settlement_platform.metrics.metric import CountAndAmount, Metric, total
from settlement_platform.metrics.reading import Due, Reading
from settlement_platform.metrics.unsettled import UnsettledClasses


@dataclass(frozen=True, slots=True)
class FailureReason:
    """Payments that failed for good, for one reason."""

    failure_code: str
    failure_owner: str
    failed: CountAndAmount


@dataclass(frozen=True, slots=True)
class Exceptions:
    """What failed and what is at risk; None = not known."""

    failed: CountAndAmount
    reasons: list[FailureReason]
    value_at_risk: CountAndAmount | None
    oldest_unsettled_date: dt.date | None
    anomalies_open: int | None


class Failures(Metric[Exceptions]):
    """What went wrong, and whose it is."""

    slug = "failures"
    name = "Failures and exceptions"
    unit = "count: payments; amount: paise"
    definition = (
        "Payments of the window that failed for good, by the gateway's reason and its owner: bank, "
        "gateway, merchant, operations or system; the reasons add up to all. Value at risk: what "
        "is overdue; null while no expected date is known. Anomalies open: findings of any day "
        "that hold and wait for somebody; null while no rule runs, and of a past instant."
    )

    @classmethod
    def fold(cls, reading: Reading) -> Exceptions:
        """The reasons, the largest amount first, and what is at risk."""
        reasons = [
            FailureReason(code, owner, sums.of("failed"))
            for (code, owner), sums in reading.failures.items()
        ]
        is_dated = any(
            sums["captured_count"] for due, sums in reading.due.items() if due is not Due.UNKNOWN
        )
        return Exceptions(
            failed=total(reading.failures.values(), "failed"),
            reasons=sorted(reasons, key=lambda one: (-one.failed.amount_paise, one.failure_code)),
            value_at_risk=UnsettledClasses.fold(reading).overdue if is_dated else None,
            oldest_unsettled_date=reading.oldest_unsettled_date,
            anomalies_open=reading.anomalies_open,
        )
