"""Business days and the dates that a cycle promises."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.settlement.calendar import (
    DAY,
    ZONE,
    Calendar,
    CalendarError,
    Declaration,
    capture_date,
    expected_settlement_date,
    is_weekend,
)
from settlement_platform.settlement.holidays import calendar_of, published

FIRST = dt.date(2025, 1, 1)
DAYS = st.integers(0, 364).map(lambda n: FIRST + n * DAY)


def calendar(*dates: dt.date) -> Calendar:
    """A calendar whose holidays are these."""
    declared = {
        day: (
            Declaration(
                1, dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "add", day, "IN", "a day", "us", "so"
            ),
        )
        for day in dates
    }
    return Calendar(1, ("IN",), declared, {}, frozenset())


@given(st.sets(DAYS, max_size=60), DAYS, st.integers(1, 10))
def test_the_nth_business_day_has_n_minus_one_between(
    holidays: set[dt.date], day: dt.date, days: int
) -> None:
    within = calendar(*holidays)
    found = within.nth_business_day_after(day, days)
    between = [day + n * DAY for n in range(1, (found - day).days)]
    assert within.is_business_day(found)
    assert sum(within.is_business_day(other) for other in between) == days - 1


@given(st.sets(DAYS, max_size=60), DAYS)
def test_t_0_is_the_day_itself_or_the_first_business_day_after_it(
    holidays: set[dt.date], day: dt.date
) -> None:
    within = calendar(*holidays)
    found = within.nth_business_day_after(day, 0)
    if within.is_business_day(day):
        assert found == day
    else:
        assert found == within.nth_business_day_after(day, 1)


@given(st.sets(DAYS, max_size=60), DAYS, st.integers(0, 10))
def test_a_later_capture_is_never_expected_earlier(
    holidays: set[dt.date], day: dt.date, days: int
) -> None:
    within = calendar(*holidays)
    assert within.nth_business_day_after(day, days) <= within.nth_business_day_after(
        day + DAY, days
    )


def test_sundays_and_second_and_fourth_saturdays_are_no_business_days() -> None:
    saturdays = [dt.date(2025, 3, day) for day in (1, 8, 15, 22, 29)]
    assert [is_weekend(day) for day in saturdays] == [False, True, False, True, False]
    assert is_weekend(dt.date(2025, 3, 2))
    assert not any(is_weekend(dt.date(2025, 3, day)) for day in range(3, 8))


@pytest.mark.parametrize(
    ("captured_at", "cut_off", "expected"),
    [
        ("2025-03-04T18:29:59.999999+00:00", dt.time(23, 59, 59), "2025-03-04"),
        ("2025-03-04T18:30:00+00:00", dt.time(23, 59, 59), "2025-03-05"),
        ("2025-03-04T23:59:59.5+05:30", dt.time(23, 59, 59), "2025-03-04"),
        ("2025-03-04T20:00:00.9+05:30", dt.time(20), "2025-03-04"),
        ("2025-03-04T20:00:01+05:30", dt.time(20), "2025-03-05"),
        ("2025-03-04T00:00:00+05:30", dt.time(20), "2025-03-04"),
    ],
)
def test_a_capture_counts_for_the_day_in_asia_kolkata_up_to_the_cut_off(
    captured_at: str, cut_off: dt.time, expected: str
) -> None:
    assert str(capture_date(dt.datetime.fromisoformat(captured_at), cut_off)) == expected


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        capture_date(dt.datetime(2025, 3, 4, 12))


def test_a_calendar_without_business_days_is_an_error_and_no_endless_search() -> None:
    closed = calendar(*(FIRST + n * DAY for n in range(800)))
    with pytest.raises(CalendarError, match="366 days after 2025-01-01"):
        closed.nth_business_day_after(FIRST, 2)


def test_dates_over_gandhi_jayanti_and_dasara_of_2025_in_mumbai() -> None:
    mumbai = calendar_of(published())
    captured_at = dt.datetime(2025, 10, 1, 23, 0, tzinfo=ZONE)  # a Wednesday before a holiday
    expected = {
        days: expected_settlement_date(captured_at, days, mumbai).day for days in (0, 1, 2, 3)
    }
    assert expected == {0: 1, 1: 3, 2: 4, 3: 6}  # the 4th is a first Saturday, the 5th a Sunday
