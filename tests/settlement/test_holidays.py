"""The holidays that come with the package, and how their versions are read."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from settlement_platform.settlement.calendar import ZONE, CalendarError
from settlement_platform.settlement.holidays import (
    calendar_at,
    calendar_of,
    published,
    read_versions,
)

VERSIONS = "version,declared_at,lists,source,why"
CHANGES = "version,change,date,region,name"
FIRST = "1,2024-01-01T00:00:00+05:30,IN 2024,a gazette,the list"
REPUBLIC_DAY = "1,add,2024-01-26,IN,Republic Day"


def test_every_year_has_the_days_that_are_the_same_each_year() -> None:
    national = calendar_of(published(), regions=("IN",))
    expected = {
        dt.date(year, month, day)
        for year in range(2024, 2028)
        for month, day in ((1, 26), (4, 1), (8, 15), (10, 2), (12, 25))
    }
    assert set(national.holidays) == expected
    assert not national.without_a_list(dt.date(2024, 1, 1), dt.date(2027, 12, 31))


def test_a_whole_list_of_a_state_is_of_its_year_and_has_what_every_year_has() -> None:
    for version in published():
        for region, year in version.lists - {("IN", year) for year in range(2024, 2028)}:
            dates = {change.date for change in version.changes}
            assert all(day.year == year for day in dates), (region, year)
            assert {dt.date(year, 1, 26), dt.date(year, 4, 1), dt.date(year, 12, 25)} <= dates
            assert 20 <= len(dates) <= 26, (region, year)


def test_everything_declared_says_where_by_whom_and_why() -> None:
    for change in (change for version in published() for change in version.changes):
        assert change.name and change.source and change.why
        assert re.fullmatch("IN(-[A-Z]{2})?", change.region)
        assert change.declared_at.date() <= change.date


def test_years_without_a_list_are_known() -> None:
    mumbai = calendar_of(published())
    assert mumbai.without_a_list(dt.date(2024, 1, 1), dt.date(2026, 12, 31)) == []
    assert mumbai.without_a_list(dt.date(2026, 12, 1), dt.date(2027, 1, 9)) == [("IN-MH", 2027)]


def test_a_holiday_that_was_moved_late_stands_where_it_stood_until_it_was_declared() -> None:
    planned, moved = dt.date(2024, 9, 16), dt.date(2024, 9, 18)
    before = calendar_at(dt.datetime(2024, 9, 12, 23, 59, tzinfo=ZONE))
    after = calendar_at(dt.datetime(2024, 9, 13, 0, 0, tzinfo=ZONE))
    assert not before.is_business_day(planned) and before.is_business_day(moved)
    assert after.is_business_day(planned) and not after.is_business_day(moved)
    assert "Ganesh" in after.withdrawn[planned][0].why
    chennai = calendar_at(dt.datetime(2024, 9, 13, tzinfo=ZONE), regions=("IN", "IN-TN"))
    assert not chennai.is_business_day(planned) and chennai.is_business_day(moved)


def test_a_date_stays_a_holiday_while_one_of_the_regions_has_it() -> None:
    both = calendar_of(published(), regions=("IN", "IN-MH", "IN-TN"))
    assert not both.is_business_day(dt.date(2024, 9, 16))
    assert {change.region for change in both.holidays[dt.date(2024, 1, 26)]} == set(both.regions)


def test_versions_in_any_order_make_the_same_calendar() -> None:
    assert calendar_of(reversed(published())) == calendar_of(published())


@pytest.mark.parametrize(
    ("versions", "changes", "says"),
    [
        ([FIRST, FIRST], [], r"numbered \[1, 1\]"),
        ([FIRST.replace("1,", "2,", 1)], [], r"numbered \[2\]"),
        ([FIRST, "2,2023-12-31T00:00:00+05:30,,x,y"], [], "not in the order declared"),
        ([FIRST], [REPUBLIC_DAY, REPUBLIC_DAY], "'add' of 2024-01-26 in IN changes nothing"),
        ([FIRST], [REPUBLIC_DAY.replace("add", "remove")], "'remove' of 2024-01-26"),
        ([FIRST], [REPUBLIC_DAY.replace("add", "ADD")], "cannot be read"),
        ([FIRST], [REPUBLIC_DAY.replace("26", "32")], "cannot be read"),
        ([FIRST], ["2,add,2024-01-26,IN,Republic Day"], "undeclared versions"),
        ([FIRST.replace("+05:30", "")], [], "without a time zone"),
        ([FIRST.replace("IN 2024", "IN")], [], "cannot be read"),
    ],
)
def test_files_that_contradict_themselves_are_refused(
    versions: list[str], changes: list[str], says: str
) -> None:
    with pytest.raises(CalendarError, match=says):
        read_versions([VERSIONS, *versions], [CHANGES, *changes])
