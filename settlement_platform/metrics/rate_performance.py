"""Tile 8: Rate performance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from settlement_platform.metrics.metric import CountAndAmount, Metric, Rates, Sums, rates, total
from settlement_platform.metrics.reading import RATE_DAYS, Reading
from settlement_platform.metrics.settlement_rate import NO_RATES

SPANS = ("last_hour", "last_24_hours", "yesterday", "last_7_days", "last_30_days", "month_to_date")


@dataclass(frozen=True, slots=True)
class SpanRates:
    """The rates of one span of time, and what broke the promise in it; None = not known."""

    span: str
    captured: CountAndAmount
    settlement_rate: Rates
    mature_rate: Rates
    on_time_rate: Rates
    breaches: CountAndAmount | None


class RatePerformance(Metric[list[SpanRates]]):
    """Whether it gets better."""

    slug = "rate_performance"
    name = "Rate performance"
    unit = "rates: basis points; count: payments; amount: paise"
    definition = (
        "The rates of payments begun in the last 60 minutes and the last 24 hours (the current "
        "minute and hour are the last of them), yesterday, in the last 7 and 30 business dates "
        "with today, and in the month so far, whatever the window. Breaches: payments whose "
        "expected date has passed and that were not paid out by it; null while no payout of the "
        "span is known, and of spans shorter than a day."
    )

    @classmethod
    def fold(cls, reading: Reading) -> list[SpanRates]:
        """The six spans in order."""
        today = reading.today
        begins = {
            "last_7_days": today - dt.timedelta(days=6),
            "last_30_days": today - dt.timedelta(days=RATE_DAYS - 1),
            "month_to_date": today.replace(day=1),
        }
        found = [_hours(span, reading.hours.get(span, Sums())) for span in SPANS[:2]]
        yesterday = today - dt.timedelta(days=1)
        found.append(_days("yesterday", [reading.rate_days.get(yesterday, Sums())]))
        for span, begin in begins.items():
            days = [sums for day, sums in reading.rate_days.items() if begin <= day <= today]
            found.append(_days(span, days))
        return found


def _hours(span: str, sums: Sums) -> SpanRates:
    captured = sums.of("captured")
    rate = rates(sums.of("settled"), captured)
    return SpanRates(span, captured, rate, NO_RATES, NO_RATES, None)


def _days(span: str, days: list[Sums]) -> SpanRates:
    captured, mature = total(days, "captured"), total(days, "mature_captured")
    on_time = total(days, "mature_on_time")
    is_known = total(days, "paid_out").count > 0
    return SpanRates(
        span=span,
        captured=captured,
        settlement_rate=rates(total(days, "settled"), captured),
        mature_rate=rates(total(days, "mature_settled"), mature),
        on_time_rate=rates(on_time, mature) if is_known else NO_RATES,
        breaches=mature - on_time if is_known else None,
    )
