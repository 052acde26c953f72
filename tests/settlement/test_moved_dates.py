"""A late holiday moves exactly the dates that it touches, and says why."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.settlement.calendar import DAY, ZONE, Calendar
from settlement_platform.settlement.holidays import (
    CHANGES,
    calendar_at,
    calendar_of,
    read_versions,
)
from settlement_platform.settlement.moved_dates import dates_touched

FIRST = dt.date(2025, 6, 1)
DAYS = st.integers(0, 40).map(lambda n: FIRST + n * DAY)
CYCLES = st.sets(st.integers(0, 6), min_size=1, max_size=3)
SEARCHED = [FIRST + n * DAY for n in range(-60, 100)]


def two_versions(first: set[dt.date], second: set[dt.date]) -> tuple[Calendar, Calendar]:
    """A calendar with the first holidays, and one where a later version made them the second."""
    changes = [
        *(f"1,add,{day},IN,a day" for day in sorted(first)),
        *(f"2,add,{day},IN,a new day" for day in sorted(second - first)),
        *(f"2,remove,{day},IN,an old day" for day in sorted(first - second)),
    ]
    versions = read_versions(
        [
            "version,declared_at,lists,source,why",
            "1,2025-01-01T00:00:00+05:30,,a gazette,the list",
            "2,2025-06-01T00:00:00+05:30,,a notice,an election",
        ],
        ["version,change,date,region,name", *changes],
    )
    return calendar_of(versions[:1]), calendar_of(versions)


@given(st.sets(DAYS, max_size=8), st.sets(DAYS, max_size=8), CYCLES)
def test_what_moves_is_exactly_what_either_calendar_says_otherwise(
    first: set[dt.date], second: set[dt.date], cycles: set[int]
) -> None:
    old, new = two_versions(first, second)
    expected = {
        (day, cycle): (
            old.nth_business_day_after(day, cycle),
            new.nth_business_day_after(day, cycle),
        )
        for day in SEARCHED
        for cycle in cycles
    }
    moved = dates_touched(old, new, cycles)
    assert {(m.capture_date, m.cycle_days): (m.before, m.after) for m in moved} == {
        key: (before, after) for key, (before, after) in expected.items() if before != after
    }


@given(st.sets(DAYS, max_size=8), st.sets(DAYS, max_size=8), CYCLES)
def test_the_reasons_push_the_way_that_the_date_went(
    first: set[dt.date], second: set[dt.date], cycles: set[int]
) -> None:
    old, new = two_versions(first, second)
    for moved in dates_touched(old, new, cycles):
        kind = CHANGES["add" if moved.after > moved.before else "remove"]
        assert moved.because
        assert {why.change for why in moved.because} == {kind}
        assert {why.why for why in moved.because} == {"an election"}
        first = moved.capture_date + DAY if moved.cycle_days else moved.capture_date
        assert all(first <= why.date <= moved.after for why in moved.because)


@given(st.sets(DAYS, max_size=8), st.sets(DAYS, max_size=8), CYCLES)
def test_back_to_the_older_version_moves_the_same_dates_back(
    first: set[dt.date], second: set[dt.date], cycles: set[int]
) -> None:
    old, new = two_versions(first, second)
    there, back = dates_touched(old, new, cycles), dates_touched(new, old, cycles)
    assert [(m.capture_date, m.cycle_days, m.before, m.after) for m in there] == [
        (m.capture_date, m.cycle_days, m.after, m.before) for m in back
    ]
    assert all(moved.because for moved in back)


def test_a_holiday_on_a_sunday_moves_nothing() -> None:
    old, new = two_versions(set(), {dt.date(2025, 6, 15)})
    assert dates_touched(old, new, range(8)) == []


def test_the_id_of_2024_that_mumbai_moved() -> None:
    old = calendar_at(dt.datetime(2024, 9, 12, tzinfo=ZONE))
    new = calendar_at(dt.datetime(2024, 9, 13, tzinfo=ZONE))
    moved = dates_touched(old, new, [1])
    assert [(m.capture_date.day, m.before.day, m.after.day) for m in moved] == [
        (13, 17, 16),  # Friday, second Saturday and Sunday: paid on the 16th after all
        (14, 17, 16),
        (15, 17, 16),
        (17, 18, 19),
    ]
    assert {m.because[0].version for m in moved} == {6}
