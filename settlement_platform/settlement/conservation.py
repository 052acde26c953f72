"""Laws that hold of settled money at every instant, as functions that name each breach. Pure.

An empty answer means that the law holds. Amounts are in paise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from settlement_platform.settlement.batches import Adjustment, AdjustmentKind, Batch, Item
from settlement_platform.settlement.reserve import Ledger


@dataclass(frozen=True)
class Breach:
    """A law that does not hold of one subject: what it should be, and what it is."""

    law: str
    subject: str
    expected: int
    actual: int


def _unequal(law: str, rows: Iterable[tuple[str, int, int]]) -> list[Breach]:
    return [
        Breach(law, subject, expected, actual)
        for subject, expected, actual in rows
        if expected != actual
    ]


def settled_is_accounted_for(items: Iterable[tuple[Item, int]]) -> list[Breach]:
    """For every merchant: amounts settled = nets + fees + GST + reserve held of its items.

    Each item comes with the net that is recorded of it.
    """
    amounts: Counter[str] = Counter()
    accounted: Counter[str] = Counter()
    for item, net_paise in items:
        money = item.money
        amounts[item.merchant_id] += money.amount_paise
        deducted = money.fee_paise + money.gst_paise + money.reserve_hold_paise
        accounted[item.merchant_id] += net_paise + deducted
    rows = ((merchant, amounts[merchant], accounted[merchant]) for merchant in sorted(amounts))
    return _unequal("settled = net + fee + GST + reserve held", rows)


def batch_net_is_the_sum_of_its_parts(batches: Iterable[tuple[Batch, int]]) -> list[Breach]:
    """For every batch: the recorded net = nets of its items + releases + adjustments."""
    rows = (
        (
            f"{batch.merchant_id} {batch.cycle_date}",
            sum(item.money.net_paise for item in batch.items)
            + sum(release.amount_paise for release in batch.releases)
            + sum(part.amount_paise for part in batch.adjustments),
            net_paise,
        )
        for batch, net_paise in batches
    )
    return _unequal("net of a batch = items + releases + adjustments", rows)


def no_net_is_negative(batches: Iterable[Batch]) -> list[Breach]:
    """A batch pays out; what a merchant owes waits for a later one."""
    return [
        Breach("net of a batch >= 0", f"{b.merchant_id} {b.cycle_date}", 0, b.totals.net_paise)
        for b in batches
        if b.totals.net_paise < 0
    ]


def nothing_stands_in_two_batches(live: Iterable[Batch]) -> list[Breach]:
    """A transaction is in one live batch at most, and a merchant has one at most a cycle date."""
    batches = list(live)
    items = Counter(item.transaction_id for batch in batches for item in batch.items)
    cycles = Counter(f"{batch.merchant_id} {batch.cycle_date}" for batch in batches)
    return [
        *(Breach("a transaction in one live batch", i, 1, n) for i, n in items.items() if n > 1),
        *(Breach("one live batch a cycle date", c, 1, n) for c, n in cycles.items() if n > 1),
    ]


def reserve_is_what_is_left_of_it(
    ledgers: Iterable[Ledger], recorded: Mapping[str, int]
) -> list[Breach]:
    """For every merchant: the recorded reserve = holds - releases - what was consumed."""
    computed = {
        ledger.merchant_id: sum(hold.amount_paise for hold in ledger.holds)
        - sum(release.amount_paise for release in ledger.releases)
        - sum(taken.amount_paise for taken in ledger.consumed)
        for ledger in ledgers
    }
    merchants = sorted({*computed, *recorded})
    rows = ((m, computed.get(m, 0), recorded.get(m, 0)) for m in merchants)
    return _unequal("reserve = holds - releases - consumed", rows)


def adjustments_stay_within_their_origin(
    adjustments: Iterable[Adjustment], amounts: Mapping[str, int]
) -> list[Breach]:
    """Refunds and chargebacks of a transaction, less their reversals, are not more than its amount;
    reversals of an adjustment are not more than it. `amounts`: by transaction.

    What has an origin that is not there breaks the law at an expected amount of 0.
    """
    entries = {entry.adjustment_id: entry for entry in adjustments}
    reversed_paise: Counter[str] = Counter()
    for entry in entries.values():
        if entry.kind is AdjustmentKind.REVERSAL:
            reversed_paise[entry.origin_id] += entry.amount_paise
    taken: dict[str, int] = defaultdict(int)
    for entry in entries.values():
        if entry.kind is not AdjustmentKind.REVERSAL:
            back = reversed_paise[entry.adjustment_id]
            taken[entry.origin_id] += -entry.amount_paise - back
    debits = {
        entry.adjustment_id: -entry.amount_paise
        for entry in entries.values()
        if entry.kind is not AdjustmentKind.REVERSAL
    }
    return [
        *(
            Breach("reversals <= what they take back", origin, debits.get(origin, 0), back)
            for origin, back in sorted(reversed_paise.items())
            if back > debits.get(origin, 0)
        ),
        *(
            Breach("refunds and chargebacks <= amount", origin, amounts.get(origin, 0), paise)
            for origin, paise in sorted(taken.items())
            if paise > amounts.get(origin, 0)
        ),
    ]
