"""What is due becomes batches: one a merchant, to the paisa, whatever the order."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.settlement.batches import (
    Adjustment,
    AdjustmentKind,
    AppliedPart,
    BatchError,
    Item,
    Release,
    compose,
)
from settlement_platform.settlement.money import Fee, Money, money_of

TODAY = dt.date(2026, 3, 4)
DUE = st.integers(-3, 2).map(lambda days: TODAY + dt.timedelta(days=days))
MERCHANTS = st.sampled_from(["M1", "M2", "M3"])
REFUND, CHARGEBACK, REVERSAL = AdjustmentKind


def item(name: str, amount_paise: int, merchant_id: str = "M1", due: dt.date = TODAY) -> Item:
    return Item(name, merchant_id, due, money_of(amount_paise, Fee(200), 500))


def owes(name: str, amount_paise: int, due: dt.date = TODAY, applied: int = 0) -> Adjustment:
    return Adjustment(name, "M1", REFUND, "T1", due, amount_paise, applied)


@st.composite
def parts(draw: st.DrawFn) -> tuple[list[Item], list[Release], list[Adjustment]]:
    """What may be due: payments, releases and adjustments of three merchants."""
    money = st.builds(
        money_of, st.integers(0, 10**6), st.builds(Fee, st.integers(0, 400)), st.just(500)
    )
    items = draw(st.lists(st.tuples(MERCHANTS, DUE, money), max_size=12))
    releases = draw(st.lists(st.tuples(MERCHANTS, DUE, st.integers(1, 10**5)), max_size=4))
    owed = draw(st.lists(st.tuples(MERCHANTS, DUE, st.integers(-(10**6), -1)), max_size=4))
    back = draw(st.lists(st.tuples(MERCHANTS, DUE, st.integers(1, 10**5)), max_size=2))
    return (
        [Item(f"T{n}", *entry) for n, entry in enumerate(items)],
        [Release(f"H{n}", *entry) for n, entry in enumerate(releases)],
        [
            *(Adjustment(f"A{n}", m, CHARGEBACK, "T1", d, p) for n, (m, d, p) in enumerate(owed)),
            *(Adjustment(f"R{n}", m, REVERSAL, "A0", d, p) for n, (m, d, p) in enumerate(back)),
        ],
    )


@given(parts(), st.randoms(use_true_random=False))
def test_the_same_parts_in_any_order_make_the_same_batches(
    given_parts: tuple[list[Item], list[Release], list[Adjustment]], order: random.Random
) -> None:
    expected = compose(TODAY, *given_parts)
    for part in given_parts:
        order.shuffle(part)
    assert compose(TODAY, *given_parts) == expected


@given(parts())
def test_each_merchant_with_something_due_has_one_batch_of_all_of_it(
    given_parts: tuple[list[Item], list[Release], list[Adjustment]],
) -> None:
    items, releases, _ = given_parts
    batches = {batch.merchant_id: batch for batch in compose(TODAY, *given_parts)}
    for merchant in ("M1", "M2", "M3"):
        due = {i.transaction_id for i in items if i.merchant_id == merchant and i.due_date <= TODAY}
        free = {r.hold_id for r in releases if r.merchant_id == merchant and r.due_date <= TODAY}
        if merchant in batches:
            batch = batches[merchant]
            assert {entry.transaction_id for entry in batch.items} == due
            assert {release.hold_id for release in batch.releases} == free
        else:
            assert not due and not free


@given(parts())
def test_the_net_is_what_is_earned_less_what_is_owed_but_never_less_than_nothing(
    given_parts: tuple[list[Item], list[Release], list[Adjustment]],
) -> None:
    items, releases, adjustments = given_parts
    for batch in compose(TODAY, *given_parts):

        def due(part: Item | Release | Adjustment, to: str = batch.merchant_id) -> bool:
            return part.merchant_id == to and part.due_date <= TODAY

        earned = sum(part.money.net_paise for part in items if due(part))
        earned += sum(part.amount_paise for part in releases if due(part))
        owed = [part for part in adjustments if due(part)]
        total = earned + sum(part.amount_paise for part in owed)
        applied = sum(part.amount_paise for part in batch.adjustments)
        assert batch.totals.net_paise == max(0, total)
        assert sum(part.amount_paise for part in owed) - applied == min(0, total)


def test_what_a_merchant_owes_is_taken_oldest_first_and_the_rest_waits() -> None:
    (batch,) = compose(
        TODAY,
        [Item("T1", "M1", TODAY, Money(1_000, 0, 0, 0))],
        adjustments=[
            owes("young", -500),
            owes("old", -400, TODAY - dt.timedelta(days=9)),
            owes("half", -800, TODAY - dt.timedelta(days=5), applied=-300),
        ],
    )
    assert batch.adjustments == (
        AppliedPart("old", -400),
        AppliedPart("half", -500),
        AppliedPart("young", -100),
    )
    assert batch.totals.net_paise == 0


def test_a_merchant_that_only_owes_has_no_batch() -> None:
    assert compose(TODAY, [], adjustments=[owes("refund", -500)]) == []


def test_what_was_applied_whole_is_not_applied_again() -> None:
    assert compose(TODAY, [], adjustments=[owes("refund", -500, applied=-500)]) == []
    (batch,) = compose(TODAY, [item("T1", 10_000)], adjustments=[owes("r", -500, applied=-500)])
    assert batch.adjustments == ()


def test_a_reversal_pays_what_is_owed() -> None:
    back = Adjustment("won", "M1", REVERSAL, "lost", TODAY, 700)
    (batch,) = compose(TODAY, [], adjustments=[owes("refund", -500), back])
    assert batch.adjustments == (AppliedPart("refund", -500), AppliedPart("won", 700))
    assert batch.totals.net_paise == 200


def test_payments_that_their_fees_use_up_wait_for_others() -> None:
    costly = Item("T1", "M1", TODAY, money_of(100, Fee(0, 300), 0))
    assert compose(TODAY, [costly]) == []
    (batch,) = compose(TODAY, [costly, item("T2", 10_000)])
    assert batch.totals.item_count == 2


def test_payments_that_come_to_nothing_are_settled() -> None:
    (batch,) = compose(TODAY, [item("T1", 0)])
    assert (batch.totals.item_count, batch.totals.net_paise) == (1, 0)


def test_nothing_is_paid_before_it_is_due_and_all_that_is_overdue_is() -> None:
    late, due, early = (
        item(name, 10_000, due=TODAY + dt.timedelta(days=days))
        for name, days in (("late", -30), ("due", 0), ("early", 1))
    )
    (batch,) = compose(TODAY, [early, due, late])
    assert [entry.transaction_id for entry in batch.items] == ["late", "due"]


def test_the_example_that_razorpay_published() -> None:
    money = money_of(18_012_00, Fee(bps=0, fixed_paise=364_24), reserve_bps=0)
    assert money.gst_paise == 65_56
    (batch,) = compose(
        TODAY,
        [Item("T1", "M1", TODAY, money)],
        adjustments=[
            owes("refund", -6_00),
            owes("another", -40_00),
            Adjustment("back", "M1", REVERSAL, "refund", TODAY, 11_00),
        ],
    )
    assert batch.totals.net_paise == 17_547_20


@pytest.mark.parametrize(
    "twice",
    [
        {"items": [item("T1", 1), item("T1", 2)]},
        {"items": [], "releases": [Release("H1", "M1", TODAY, 1)] * 2},
        {"items": [], "adjustments": [owes("A1", -1)] * 2},
    ],
)
def test_a_part_that_is_there_twice_is_refused(twice: dict[str, list[Item]]) -> None:
    with pytest.raises(BatchError, match="is there twice"):
        compose(TODAY, **twice)


@pytest.mark.parametrize(
    ("kind", "amount", "applied"),
    [
        (REFUND, 1, 0),
        (CHARGEBACK, 1, 0),
        (REVERSAL, -1, 0),
        (REFUND, 0, 0),
        (REFUND, -5, -6),
        (REFUND, -5, 1),
        (REVERSAL, 5, 6),
        (REVERSAL, 5, -1),
    ],
)
def test_an_adjustment_has_the_sign_of_its_kind_and_no_more_applied_than_it_is(
    kind: AdjustmentKind, amount: int, applied: int
) -> None:
    with pytest.raises(BatchError):
        Adjustment("A1", "M1", kind, "T1", TODAY, amount, applied)


def test_a_release_of_nothing_is_refused() -> None:
    with pytest.raises(BatchError, match="H1"):
        Release("H1", "M1", TODAY, 0)
