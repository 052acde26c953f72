"""Which days have ended, which must be closed, and which again."""

from __future__ import annotations

import datetime as dt

import pytest

from settlement_platform.closing.days import (
    ClosingError,
    DayRange,
    DayState,
    changed_since,
    end_of,
    is_overdue,
    last_ended,
    must_be_closed,
    never_closed,
    refuse_unended,
    to_close,
)

DAY = dt.date(2026, 10, 2)
MIDNIGHT = dt.datetime(2026, 10, 2, 18, 30, tzinfo=dt.UTC)
MOMENT = dt.timedelta(microseconds=1)


def day(number: int) -> dt.date:
    return dt.date(2026, 10, number)


def state(
    number: int, version: int | None = 1, mart: int | None = 1, cube: int = 5, differing: int = 0
) -> DayState:
    return DayState(day(number), version, mart, cube, cube if version else 0, differing)


def test_a_business_day_ends_at_midnight_in_kolkata() -> None:
    assert end_of(DAY) == MIDNIGHT
    assert last_ended(MIDNIGHT) == DAY
    assert last_ended(MIDNIGHT - MOMENT) == DAY - dt.timedelta(days=1)


def test_a_day_closes_only_when_as_of_has_passed_its_end() -> None:
    days = DayRange(day(1), DAY)
    refuse_unended(days, MIDNIGHT)
    with pytest.raises(ClosingError) as told:
        refuse_unended(days, MIDNIGHT - MOMENT)
    assert "2026-10-02 cannot be closed before as_of has passed 2026-10-02 18:30 UTC" in str(
        told.value
    )
    assert told.value.remedy == "close it after that, or the days to 2026-10-01 now"


def test_without_as_of_nothing_is_closed() -> None:
    with pytest.raises(ClosingError, match="as_of was never published"):
        refuse_unended(DayRange(DAY, DAY), None)


def test_days_with_payments_and_all_after_the_first_closing_must_be_closed() -> None:
    states = [
        state(1, version=None, cube=0),
        state(2, version=None, cube=1),
        state(3),
        state(4, version=None, cube=0),
        state(5),
    ]
    assert must_be_closed(states) == [day(2), day(4)]


def test_where_nothing_happened_yet_nothing_must_be_closed() -> None:
    assert must_be_closed([state(1, version=None, cube=0)]) == []


def test_a_closed_day_is_closed_again_when_its_numbers_or_its_mart_are_others() -> None:
    states = [
        state(1),
        state(2, differing=1),
        state(3, version=2),
        state(4, mart=None),
        state(5, mart=None, cube=0),
        state(6, version=None, differing=1),
    ]
    assert changed_since(states) == [day(2), day(3), day(4)]


def test_what_is_due_is_one_range_of_days_that_as_of_has_passed() -> None:
    states = [state(1), state(2, differing=1), state(3), state(4, version=None), state(5)]
    now = end_of(day(5)) + dt.timedelta(hours=1)
    assert to_close(states, now, now) == DayRange(day(2), day(4))
    assert to_close(states, now, end_of(day(4)) - MOMENT) == DayRange(day(2), day(2))
    assert to_close(states, now, None) is None
    assert to_close([state(1)], now, now) is None
    assert never_closed(states, now, now) == DayRange(day(4), day(4))
    assert never_closed(states, now, end_of(day(4)) - MOMENT) is None
    assert DayRange(day(2), day(4)).has(DayRange(day(3), day(4)))
    assert not DayRange(day(2), day(4)).has(DayRange(day(1), day(4)))
    assert not DayRange(day(2), day(4)).has(DayRange(day(4), day(5)))
    assert DayRange(day(1), day(3)).days() == [day(1), day(2), day(3)]


def test_the_newest_day_is_left_to_the_schedule_until_it_is_overdue() -> None:
    states, end = [state(1), state(2, version=None)], end_of(day(2))
    late = end + dt.timedelta(hours=1)
    assert to_close(states, late - MOMENT, late) is None
    assert to_close(states, late, late) == DayRange(day(2), day(2))


def test_a_day_is_overdue_an_hour_after_its_end() -> None:
    assert not is_overdue(DAY, MIDNIGHT + dt.timedelta(hours=1) - MOMENT)
    assert is_overdue(DAY, MIDNIGHT + dt.timedelta(hours=1))
