"""Tile 5: Payment methods."""

from __future__ import annotations

from dataclasses import dataclass

from settlement_platform.metrics.metric import (
    CountAndAmount,
    Metric,
    Rates,
    mean,
    rate_bps,
    rates,
    total,
)
from settlement_platform.metrics.reading import Reading


@dataclass(frozen=True, slots=True)
class MethodShare:
    """One method's part of the cohort; None where there is nothing to divide by, or not known."""

    payment_method: str
    captured: CountAndAmount
    share: Rates
    mean_ticket_paise: int | None
    mature_rate: Rates
    effective_fee_bps: int | None


class PaymentMethods(Metric[list[MethodShare]]):
    """How customers pay."""

    slug = "payment_methods"
    name = "Payment methods"
    unit = "count: payments; amount: paise; shares, rates and fee: basis points"
    definition = (
        "Captured payments by payment method, those that the platform does not know as OTHER: "
        "count, amount, share of all, mean amount, mature settlement rate, and fees ÷ amounts of "
        "the payments whose fee is known. The methods add up to captured."
    )

    @classmethod
    def fold(cls, reading: Reading) -> list[MethodShare]:
        """One for each method with a captured payment, the largest amount first."""
        everything = total(reading.methods.values(), "captured")
        found = []
        for method, sums in reading.methods.items():
            captured = sums.of("captured")
            if captured.count == 0:
                continue
            found.append(
                MethodShare(
                    payment_method=method,
                    captured=captured,
                    share=rates(captured, everything),
                    mean_ticket_paise=mean(captured.amount_paise, captured.count),
                    mature_rate=rates(sums.of("mature_settled"), sums.of("mature_captured")),
                    effective_fee_bps=rate_bps(sums["fee_paise"], sums["priced_paise"]),
                )
            )
        return sorted(found, key=lambda one: (-one.captured.amount_paise, one.payment_method))
