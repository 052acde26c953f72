"""No paisa comes or goes: the laws hold over many days of batches, and each names its breach."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field, replace

import pytest

from settlement_platform.settlement.batches import (
    Adjustment,
    AdjustmentKind,
    Batch,
    Item,
    Release,
    compose,
)
from settlement_platform.settlement.conservation import (
    Breach,
    adjustments_stay_within_their_origin,
    batch_net_is_the_sum_of_its_parts,
    no_net_is_negative,
    nothing_stands_in_two_batches,
    reserve_is_what_is_left_of_it,
    settled_is_accounted_for,
)
from settlement_platform.settlement.money import Fee, Money, money_of
from settlement_platform.settlement.reserve import Hold, Ledger, Taken, released_in

FIRST = dt.date(2026, 1, 1)
DAYS, HOLD_DAYS = 40, 10
MERCHANTS = ("M1", "M2", "M3")
REFUND, CHARGEBACK, REVERSAL = AdjustmentKind


@dataclass
class Books:
    """Forty days of three merchants; batches that are cancelled leave the books."""

    seeded: random.Random
    items: dict[str, Item] = field(default_factory=dict)
    adjustments: dict[str, Adjustment] = field(default_factory=dict)
    live: list[Batch] = field(default_factory=list)
    cancelled: int = 0

    def trade(self, day: dt.date) -> None:
        """Payments of a day, and refunds of some of them."""
        for _ in range(self.seeded.randrange(6)):
            name, merchant = f"T{len(self.items)}", self.seeded.choice(MERCHANTS)
            fee = Fee(self.seeded.randrange(300), self.seeded.choice((0, 300)))
            money = money_of(self.seeded.randrange(100, 10**6), fee, reserve_bps=700)
            self.items[name] = Item(name, merchant, day + dt.timedelta(days=2), money)
        if self.items and self.seeded.random() < 0.5:
            origin = self.items[self.seeded.choice(sorted(self.items))]
            name = f"A{len(self.adjustments)}"
            part = origin.money.amount_paise // 9 or 1
            if all(entry.origin_id != origin.transaction_id for entry in self.adjustments.values()):
                self.adjustments[name] = Adjustment(
                    name, origin.merchant_id, REFUND, origin.transaction_id, day, -part
                )

    def ledger(self, merchant: str) -> Ledger:
        """Its holds and releases, from the live batches alone."""
        mine = [batch for batch in self.live if batch.merchant_id == merchant]
        holds = tuple(
            Hold(name(batch), merchant, batch.cycle_date, batch.totals.reserve_held_paise, True)
            for batch in mine
            if batch.totals.reserve_held_paise
        )
        released = tuple(
            taken for batch in mine for taken in released_in(batch.releases, name(batch))
        )
        return Ledger(merchant, holds, released)

    def outstanding(self) -> list[Adjustment]:
        applied = dict.fromkeys(self.adjustments, 0)
        for part in (part for batch in self.live for part in batch.adjustments):
            applied[part.adjustment_id] += part.amount_paise
        return [replace(a, applied_paise=applied[key]) for key, a in self.adjustments.items()]

    def settle(self, day: dt.date) -> None:
        """One batch a merchant; now and then one of the last days, before its release, goes."""
        taken = {item.transaction_id for batch in self.live for item in batch.items}
        due = [item for key, item in self.items.items() if key not in taken]
        freed = [
            release
            for merchant in MERCHANTS
            for release in self.ledger(merchant).releases_due(day, HOLD_DAYS)
        ]
        made = compose(day, due, freed, self.outstanding())
        self.live += made
        recent = [batch for batch in self.live if (day - batch.cycle_date).days < 3]
        if recent and self.seeded.random() < 0.3:
            self.live.remove(self.seeded.choice(recent))
            self.cancelled += 1


def name(batch: Batch) -> str:
    return f"{batch.merchant_id} {batch.cycle_date}"


@pytest.mark.parametrize("seed", range(20))
def test_forty_days_of_payments_refunds_releases_and_cancelled_batches_conserve(seed: int) -> None:
    books = Books(random.Random(seed))
    for day in (FIRST + dt.timedelta(days=n) for n in range(DAYS)):
        books.trade(day)
        books.settle(day)
        settled = [(item, item.money.net_paise) for batch in books.live for item in batch.items]
        ledgers = [books.ledger(merchant) for merchant in MERCHANTS]
        held = {ledger.merchant_id: ledger.balance_paise for ledger in ledgers}
        assert settled_is_accounted_for(settled) == []
        assert batch_net_is_the_sum_of_its_parts((b, b.totals.net_paise) for b in books.live) == []
        assert no_net_is_negative(books.live) == []
        assert nothing_stands_in_two_batches(books.live) == []
        assert reserve_is_what_is_left_of_it(ledgers, held) == []
        amounts = {key: item.money.amount_paise for key, item in books.items.items()}
        assert adjustments_stay_within_their_origin(books.adjustments.values(), amounts) == []
        # What was paid out, is held and was charged is what was settled, less what was refunded.
        paid = sum(batch.totals.net_paise for batch in books.live)
        charged = sum(batch.totals.fee_paise + batch.totals.gst_paise for batch in books.live)
        refunded = sum(batch.totals.adjustments_paise for batch in books.live)
        gross = sum(batch.totals.gross_paise for batch in books.live)
        assert paid + sum(held.values()) + charged == gross + refunded
    assert books.cancelled and any(batch.releases for batch in books.live)
    assert any(batch.adjustments for batch in books.live)


ITEM = Item("T1", "M1", FIRST, Money(1_000, 20, 4, 76))
BATCH = Batch("M1", FIRST, (ITEM,), (Release("H1", "M1", FIRST, 50),), ())


def test_a_net_that_is_not_what_is_left_of_the_amount_is_named() -> None:
    (breach,) = settled_is_accounted_for([(ITEM, 900), (replace(ITEM, transaction_id="T2"), 901)])
    assert (breach.subject, breach.expected, breach.actual) == ("M1", 2_000, 2_001)


def test_two_errors_of_two_merchants_do_not_hide_each_other() -> None:
    other = replace(ITEM, merchant_id="M2")
    breaches = settled_is_accounted_for([(ITEM, 901), (other, 899)])
    assert [breach.subject for breach in breaches] == ["M1", "M2"]


def test_a_batch_with_another_net_is_named() -> None:
    (breach,) = batch_net_is_the_sum_of_its_parts([(BATCH, 951)])
    assert (breach.expected, breach.actual) == (950, 951)


def test_a_negative_net_is_named() -> None:
    owing = replace(BATCH, items=(replace(ITEM, money=Money(0, 60, 0, 0)),))
    assert [breach.actual for breach in no_net_is_negative([BATCH, owing])] == [-10]


def test_what_stands_in_two_batches_is_named() -> None:
    breaches = nothing_stands_in_two_batches([BATCH, replace(BATCH, releases=())])
    assert {(breach.subject, breach.actual) for breach in breaches} == {
        ("T1", 2),
        ("M1 2026-01-01", 2),
    }


def test_a_reserve_that_is_recorded_otherwise_or_not_at_all_is_named() -> None:
    ledger = Ledger("M1", (Hold("B1", "M1", FIRST, 100, True),), (), (Taken("B1", "A1", 30),))
    assert reserve_is_what_is_left_of_it([ledger], {"M1": 70}) == []
    breaches = reserve_is_what_is_left_of_it([ledger], {"M1": 71, "M2": 5})
    assert [(b.subject, b.expected, b.actual) for b in breaches] == [("M1", 70, 71), ("M2", 0, 5)]
    assert reserve_is_what_is_left_of_it([ledger], {})[0].expected == 70


def test_adjustments_beyond_their_origin_are_named() -> None:
    refund = Adjustment("A1", "M1", REFUND, "T1", FIRST, -700)
    lost = Adjustment("A2", "M1", CHARGEBACK, "T1", FIRST, -400)
    won = Adjustment("A3", "M1", REVERSAL, "A2", FIRST, 400)
    amounts = {"T1": 1_000}
    assert adjustments_stay_within_their_origin([refund, lost, won], amounts) == []
    (over,) = adjustments_stay_within_their_origin([refund, lost], amounts)
    assert over == Breach("refunds and chargebacks <= amount", "T1", 1_000, 1_100)
    (twice,) = adjustments_stay_within_their_origin(
        [refund, lost, won, replace(won, adjustment_id="A4")], amounts
    )
    assert (twice.subject, twice.expected, twice.actual) == ("A2", 400, 800)
    (lone,) = adjustments_stay_within_their_origin([won], amounts)
    assert (lone.subject, lone.expected) == ("A2", 0)
    assert adjustments_stay_within_their_origin([refund], {})[0].expected == 0
