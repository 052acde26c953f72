"""Tile 1: Settled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from settlement_platform.metrics.metric import CountAndAmount, Metric, total
from settlement_platform.metrics.reading import Reading


class Settled(Metric[CountAndAmount]):
    """What of the cohort is settled: count and amount."""

    slug = "settled"
    name = "Settled"
    unit = "count: payments; amount: paise"
    definition = "Captured payments that are settled by as_of, and the sum of their amounts."

    @classmethod
    def fold(cls, reading: Reading) -> CountAndAmount:
        """Count and amount of what is settled."""
        return total(reading.due.values(), "settled")


class SettledNet(Metric["int | None"]):
    """What the settled payments come to for their merchants."""

    slug = "settled_net"
    name = "Settled, net"
    unit = "paise"
    definition = (
        "Sum of the nets of the settled payments: amount less fee, GST and reserve hold; null "
        "while the net of one of them is not known."
    )

    @classmethod
    def fold(cls, reading: Reading) -> int | None:
        """The sum in paise."""
        sums = reading.due.values()
        if sum(one["net_count"] for one in sums) < Settled.fold(reading).count:
            return None
        return sum(one["net_paise"] for one in sums)


@dataclass(frozen=True, slots=True)
class Payout:
    """One credit of the bank."""

    amount_paise: int
    utr: str | None
    credited_at: dt.datetime


class LastPayout(Metric["Payout | None"]):
    """The newest money that arrived."""

    slug = "last_payout"
    name = "Last payout"
    unit = "amount: paise"
    definition = (
        "The newest batch that the bank credited, of the merchants that are asked about: its net, "
        "its UTR and when the credit was confirmed. Window, method, source and gateway choose "
        "payments, not payouts, and are left out of it. Null without one."
    )

    @classmethod
    def fold(cls, reading: Reading) -> Payout | None:
        """The newest payout."""
        if reading.payout is None:
            return None
        return Payout(
            amount_paise=int(reading.payout["net_paise"]),
            utr=reading.payout["utr"],
            credited_at=dt.datetime.fromisoformat(reading.payout["credited_at"]),
        )
