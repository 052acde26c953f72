"""Holds, releases after the hold period, and what is consumed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.settlement.reserve import (
    DEFAULT_HOLD_DAYS,
    Hold,
    Ledger,
    ReserveError,
    Taken,
    released_in,
)

FIRST = dt.date(2026, 1, 1)


def hold(name: str, amount_paise: int, day: int = 0, credited: bool = True) -> Hold:
    return Hold(name, "M1", FIRST + dt.timedelta(days=day), amount_paise, credited)


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """Holds of several days, some of batches that are not credited yet."""
    drawn = st.tuples(st.integers(1, 10_000), st.integers(0, 300), st.booleans())
    holds = draw(st.lists(drawn, max_size=8))
    return Ledger("M1", tuple(hold(f"B{n}", *entry) for n, entry in enumerate(holds)))


@given(ledgers(), st.lists(st.integers(1, 8_000), max_size=6), st.integers(0, 600))
def test_what_is_held_is_what_came_in_less_what_went_out(
    ledger: Ledger, owed: list[int], day: int
) -> None:
    held = sum(entry.amount_paise for entry in ledger.holds)
    consumed = 0
    for number, amount in enumerate(owed):
        try:
            taken = ledger.consume(amount, f"A{number}")
        except ReserveError:
            continue
        consumed += amount
        ledger = replace(ledger, consumed=(*ledger.consumed, *taken))
    on = FIRST + dt.timedelta(days=day)
    released = released_in(ledger.releases_due(on), "B-pays")
    ledger = replace(ledger, releases=tuple(released))
    given_back = sum(entry.amount_paise for entry in released)
    assert ledger.balance_paise == held - consumed - given_back >= 0
    assert ledger.releases_due(on) == []


@given(ledgers(), st.integers(0, 600))
def test_every_credited_hold_is_due_after_the_hold_period_and_not_a_day_before(
    ledger: Ledger, day: int
) -> None:
    on = FIRST + dt.timedelta(days=day)
    assert {release.hold_id for release in ledger.releases_due(on)} == {
        entry.hold_id
        for entry in ledger.holds
        if entry.credited and (on - entry.held_on).days >= DEFAULT_HOLD_DAYS
    }


def test_calendar_days_are_counted_and_the_period_is_a_setting() -> None:
    ledger = Ledger("M1", (hold("B1", 100),))
    (release,) = ledger.releases_due(dt.date(2026, 1, 31), hold_days=30)
    assert (release.due_date, release.amount_paise) == (dt.date(2026, 1, 31), 100)
    assert ledger.releases_due(dt.date(2026, 1, 30), hold_days=30) == []


def test_the_oldest_hold_is_used_up_first_and_what_is_left_is_released() -> None:
    ledger = Ledger("M1", (hold("young", 100, day=9), hold("old", 100), hold("mid", 100, day=5)))
    taken = ledger.consume(150, "chargeback")
    assert taken == [Taken("old", "chargeback", 100), Taken("mid", "chargeback", 50)]
    left = replace(ledger, consumed=tuple(taken)).releases_due(dt.date(2027, 1, 1))
    assert [(release.hold_id, release.amount_paise) for release in left] == [
        ("mid", 50),
        ("young", 100),
    ]


@pytest.mark.parametrize("owed", [0, -1, 101])
def test_no_more_is_taken_than_credited_batches_hold(owed: int) -> None:
    ledger = Ledger("M1", (hold("B1", 100), hold("B2", 50, credited=False)))
    assert ledger.balance_paise == 150
    with pytest.raises(ReserveError, match="cannot be taken from the 100 paise"):
        ledger.consume(owed, "A1")


@pytest.mark.parametrize(
    ("holds", "taken", "says"),
    [
        ((hold("B1", 100),) * 2, (), "twice"),
        ((replace(hold("B1", 100), merchant_id="M2"),), (), "another merchant"),
        ((hold("B1", 0),), (), "not positive"),
        ((hold("B1", 100),), (Taken("B1", "A1", -1),), "not positive"),
        ((hold("B1", 100),), (Taken("B1", "A1", 60), Taken("B1", "A2", 41)), "101 of 100"),
        ((hold("B1", 100),), (Taken("B9", "A1", 1),), "1 of 0 paise taken from B9"),
    ],
)
def test_a_ledger_that_contradicts_itself_is_refused(
    holds: tuple[Hold, ...], taken: tuple[Taken, ...], says: str
) -> None:
    with pytest.raises(ReserveError, match=says):
        Ledger("M1", holds, consumed=taken)
