"""The rolling reserve of a merchant: what is held, given back and used up. Pure.

A hold is what one batch kept back. It is released after the hold period, in calendar days from
the batch's cycle date. What a merchant cannot pay is taken from its holds, oldest first. The holds
of live batches count: one that failed or was cancelled held nothing. Only those of credited batches
are taken from, because a batch before that may still be cancelled.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from settlement_platform.errors import SettlementError
from settlement_platform.settlement.batches import Release

DEFAULT_HOLD_DAYS = 180
"""Calendar days from the cycle date to the release, if nothing else is set."""


class ReserveError(SettlementError):
    """More is taken from a reserve than it holds."""


@dataclass(frozen=True)
class Hold:
    """What one live batch kept back of a merchant's payout, in paise; `credited`: by the bank."""

    hold_id: str
    merchant_id: str
    held_on: dt.date
    amount_paise: int
    credited: bool

    def release_date(self, hold_days: int = DEFAULT_HOLD_DAYS) -> dt.date:
        """The day from which it is due to be given back."""
        return self.held_on + dt.timedelta(days=hold_days)


@dataclass(frozen=True)
class Taken:
    """What was taken out of one hold, in paise: released to the merchant, or consumed.

    `for_id`: the batch that paid the release, or the adjustment that was paid by consuming.
    """

    hold_id: str
    for_id: str
    amount_paise: int


@dataclass(frozen=True)
class Ledger:
    """The holds of one merchant, and all that was taken out of them.

    Raises ReserveError when a hold belongs to another merchant or is there twice, an amount is
    not positive, or more is taken from a hold than it holds.
    """

    merchant_id: str
    holds: tuple[Hold, ...]
    releases: tuple[Taken, ...] = ()
    consumed: tuple[Taken, ...] = ()

    def __post_init__(self) -> None:
        if len({hold.hold_id for hold in self.holds}) < len(self.holds):
            raise self._error("a hold is there twice")
        if any(hold.merchant_id != self.merchant_id for hold in self.holds):
            raise self._error("a hold of another merchant")
        entries: tuple[Hold | Taken, ...] = (*self.holds, *self.releases, *self.consumed)
        if any(entry.amount_paise <= 0 for entry in entries):
            raise self._error("an amount that is not positive")
        held = {hold.hold_id: hold.amount_paise for hold in self.holds}
        for hold_id, taken in self._taken().items():
            if taken > held.get(hold_id, 0):
                raise self._error(f"{taken} of {held.get(hold_id, 0)} paise taken from {hold_id}")

    def _error(self, cause: str) -> ReserveError:
        return ReserveError(f"reserve of {self.merchant_id}: {cause}", "correct the ledger's entry")

    def _taken(self) -> dict[str, int]:
        taken: dict[str, int] = defaultdict(int)
        for entry in (*self.releases, *self.consumed):
            taken[entry.hold_id] += entry.amount_paise
        return taken

    def remaining(self) -> list[tuple[Hold, int]]:
        """Holds that still hold something, and how many paise; oldest first."""
        taken = self._taken()
        ordered = sorted(self.holds, key=lambda hold: (hold.held_on, hold.hold_id))
        left = ((hold, hold.amount_paise - taken.get(hold.hold_id, 0)) for hold in ordered)
        return [(hold, paise) for hold, paise in left if paise]

    @property
    def balance_paise(self) -> int:
        """What is held now: holds less releases less what was consumed."""
        return sum(paise for _, paise in self.remaining())

    def releases_due(self, on: dt.date, hold_days: int = DEFAULT_HOLD_DAYS) -> list[Release]:
        """What is due to be given back on a day: what is left of every hold old enough."""
        return [
            Release(hold.hold_id, self.merchant_id, hold.release_date(hold_days), paise)
            for hold, paise in self.remaining()
            if hold.credited and hold.release_date(hold_days) <= on
        ]

    def consume(self, owed_paise: int, adjustment_id: str) -> list[Taken]:
        """What to take from which hold to pay an adjustment, oldest first.

        Raises ReserveError when less than that is held of credited batches, or nothing is owed.
        """
        credited = [(hold, paise) for hold, paise in self.remaining() if hold.credited]
        held = sum(paise for _, paise in credited)
        if not 0 < owed_paise <= held:
            raise ReserveError(
                f"{owed_paise} paise cannot be taken from the {held} paise of credited batches "
                f"that are held of {self.merchant_id}",
                "take at most what is held",
            )
        taken = []
        for hold, paise in credited:
            amount = min(paise, owed_paise)
            if amount:
                taken.append(Taken(hold.hold_id, adjustment_id, amount))
            owed_paise -= amount
        return taken


def released_in(releases: Iterable[Release], batch_id: str) -> list[Taken]:
    """The ledger's entries for the releases that a batch pays."""
    return [Taken(r.hold_id, batch_id, r.amount_paise) for r in releases]
