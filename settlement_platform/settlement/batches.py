"""What a settlement batch is made of, and how due money becomes batches. Pure.

A batch is one merchant's payout for one cycle date: items (transactions), reserve releases, and
adjustments. Its net is their sum and is never negative: of what a merchant owes, a batch takes no
more than it has to pay, oldest first, and the rest stays outstanding for the next one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from settlement_platform.errors import SettlementError
from settlement_platform.settlement.money import Money


class BatchError(SettlementError):
    """What is to be put into batches contradicts itself."""


class AdjustmentKind(StrEnum):
    """Why money goes to or comes from a merchant beside its payments."""

    REFUND = "REFUND"
    CHARGEBACK = "CHARGEBACK"
    REVERSAL = "REVERSAL"


@dataclass(frozen=True)
class Item:
    """A transaction to be paid out, due on its expected settlement date.

    `terms_id`, `fee_rate_id`: what its money was computed by; None = not known.
    """

    transaction_id: str
    merchant_id: str
    due_date: dt.date
    money: Money
    terms_id: int | None = None
    fee_rate_id: int | None = None


@dataclass(frozen=True)
class Release:
    """What is left of a reserve hold and is due to be paid back, in paise."""

    hold_id: str
    merchant_id: str
    due_date: dt.date
    amount_paise: int

    def __post_init__(self) -> None:
        if self.amount_paise <= 0:
            raise BatchError(f"release of {self.hold_id}: not positive", "release what is left")


@dataclass(frozen=True)
class Adjustment:
    """Money beside the payments: `amount_paise` signed, as the merchant sees it.

    `origin_id`: of a refund or chargeback (negative) the transaction; of a reversal (positive) the
    adjustment that it takes back. `applied_paise`: the part that stands in live batches, of the
    same sign. Raises BatchError on a sign that the kind does not have, or too much applied.
    """

    adjustment_id: str
    merchant_id: str
    kind: AdjustmentKind
    origin_id: str
    due_date: dt.date
    amount_paise: int
    applied_paise: int = 0

    def __post_init__(self) -> None:
        positive = self.kind is AdjustmentKind.REVERSAL
        if self.amount_paise == 0 or (self.amount_paise > 0) != positive:
            raise BatchError(
                f"{self.kind} {self.adjustment_id} of {self.amount_paise} paise",
                "a refund or chargeback is negative, a reversal positive",
            )
        if not 0 <= self.applied_paise * (1 if positive else -1) <= abs(self.amount_paise):
            raise BatchError(
                f"{self.adjustment_id}: {self.applied_paise} of {self.amount_paise} paise applied",
                "sum the parts of it that stand in live batches",
            )

    @property
    def outstanding_paise(self) -> int:
        """What is not applied yet, signed."""
        return self.amount_paise - self.applied_paise


@dataclass(frozen=True)
class AppliedPart:
    """As much of an adjustment as one batch takes, signed."""

    adjustment_id: str
    amount_paise: int


@dataclass(frozen=True)
class Batch:
    """One merchant's payout for one cycle date, each part in a fixed order."""

    merchant_id: str
    cycle_date: dt.date
    items: tuple[Item, ...]
    releases: tuple[Release, ...]
    adjustments: tuple[AppliedPart, ...]

    @property
    def totals(self) -> Totals:
        """What it comes to."""
        return Totals(
            item_count=len(self.items),
            gross_paise=sum(item.money.amount_paise for item in self.items),
            fee_paise=sum(item.money.fee_paise for item in self.items),
            gst_paise=sum(item.money.gst_paise for item in self.items),
            reserve_held_paise=sum(item.money.reserve_hold_paise for item in self.items),
            reserve_released_paise=sum(release.amount_paise for release in self.releases),
            adjustments_paise=sum(part.amount_paise for part in self.adjustments),
        )


@dataclass(frozen=True)
class Totals:
    """Sums of a batch, in paise."""

    item_count: int
    gross_paise: int
    fee_paise: int
    gst_paise: int
    reserve_held_paise: int
    reserve_released_paise: int
    adjustments_paise: int

    @property
    def net_paise(self) -> int:
        """What the bank is to transfer. 0: nothing is sent, the batch is credited as it is."""
        earned = self.gross_paise - self.fee_paise - self.gst_paise - self.reserve_held_paise
        return earned + self.reserve_released_paise + self.adjustments_paise


Part = TypeVar("Part", Item, Release, Adjustment)


def compose(
    cycle_date: dt.date,
    items: Iterable[Item],
    releases: Iterable[Release] = (),
    adjustments: Iterable[Adjustment] = (),
) -> list[Batch]:
    """At most one batch a merchant, of all that is due by a cycle date; by merchant.

    Give what stands in no live batch, for merchants without a live batch for that date: a
    cancelled batch's items are due again. The same parts in any order make the same batches. No
    batch is made where nothing is due, nor where there is nothing to pay an adjustment from: that
    waits. Raises BatchError when a part is there twice.
    """
    paid = _by_merchant(cycle_date, items, lambda item: item.transaction_id)
    freed = _by_merchant(cycle_date, releases, lambda release: release.hold_id)
    owed = _by_merchant(cycle_date, adjustments, lambda entry: entry.adjustment_id)
    composed = (
        _batch(merchant_id, cycle_date, paid[merchant_id], freed[merchant_id], owed[merchant_id])
        for merchant_id in sorted({*paid, *freed, *owed})
    )
    return [batch for batch in composed if batch is not None]


def _by_merchant(
    cycle_date: dt.date, parts: Iterable[Part], identity: Callable[[Part], str]
) -> dict[str, list[Part]]:
    """What is due, by merchant, oldest first."""
    found: dict[str, list[Part]] = defaultdict(list)
    seen = set()
    for part in sorted(parts, key=lambda part: (part.due_date, identity(part))):
        if identity(part) in seen:
            raise BatchError(
                f"{type(part).__name__} {identity(part)} is there twice",
                "give each once: what stands in a live batch is not due",
            )
        seen.add(identity(part))
        if part.due_date <= cycle_date:
            found[part.merchant_id].append(part)
    return found


def _batch(
    merchant_id: str,
    cycle_date: dt.date,
    items: list[Item],
    releases: list[Release],
    adjustments: list[Adjustment],
) -> Batch | None:
    funds = sum(item.money.net_paise for item in items)
    funds += sum(release.amount_paise for release in releases)
    funds += sum(max(0, entry.outstanding_paise) for entry in adjustments)
    if funds < 0:
        return None
    parts = _apply(funds, adjustments)
    if not (items or releases or parts):
        return None
    return Batch(merchant_id, cycle_date, tuple(items), tuple(releases), parts)


def _apply(funds_paise: int, adjustments: Sequence[Adjustment]) -> tuple[AppliedPart, ...]:
    """Credits whole; debits oldest first, the last one in part, until the funds are used up."""
    parts = []
    for entry in adjustments:
        amount = max(entry.outstanding_paise, -funds_paise)
        funds_paise += min(0, amount)
        if amount:
            parts.append(AppliedPart(entry.adjustment_id, amount))
    return tuple(parts)
