"""Tile 7: Funnel."""

from __future__ import annotations

from dataclasses import dataclass

from settlement_platform.metrics.durations import counts, within_seconds
from settlement_platform.metrics.metric import CountAndAmount, Metric, Rates, rates, total
from settlement_platform.metrics.reading import Reading

STAGES = ("attempted", "captured", "reconciled", "settled", "paid_out")
_SPANS = {"captured": "capture", "settled": "settle", "paid_out": "payout"}


@dataclass(frozen=True, slots=True)
class FunnelStage:
    """One stage; the median is of the time since the stage before, None = not known."""

    stage: str
    value: CountAndAmount
    share_of_captured: Rates
    median_below_seconds: int | None


class Funnel(Metric[list[FunnelStage]]):
    """How far payments come."""

    slug = "funnel"
    name = "Funnel"
    unit = "count: payments; amount: paise; share: basis points; time: seconds"
    definition = (
        "Payments of the window that came to each stage, each a part of the one before: attempted, "
        "captured, reconciled, settled, paid out. Share of the captured, and the bound below which "
        "half of the times since the stage before lie, on a fixed scale. A payment is reconciled "
        "at its capture, so the time to settlement counts from there."
    )

    @classmethod
    def fold(cls, reading: Reading) -> list[FunnelStage]:
        """The five stages in order."""
        sums = list(reading.due.values())
        captured = total(sums, "captured")
        return [
            FunnelStage(
                stage=stage,
                value=total(sums, stage),
                share_of_captured=rates(total(sums, stage), captured)
                if stage != "attempted"
                else Rates(None, None),
                median_below_seconds=within_seconds(counts(sums, span), span, 50)
                if (span := _SPANS.get(stage))
                else None,
            )
            for stage in STAGES
        ]
