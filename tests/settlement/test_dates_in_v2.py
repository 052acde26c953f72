"""The calendar in V2: declared once, and dates move exactly where it moves them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from settlement_platform.settlement.books.dates import (
    current_calendar,
    declare,
    declared,
    fill_dates,
    refresh_all,
    refresh_dates,
)
from settlement_platform.settlement.calendar import CalendarError, Declaration
from settlement_platform.settlement.holidays import Version, calendar_of, published
from settlement_platform.storage.writing import writing

FIRST, LAST = dt.date(2026, 6, 1), dt.date(2026, 6, 30)
DATES = """SELECT capture_date, cycle_days, expected_settlement_date, calendar_version,
  moved_from_date, why FROM sp_v2_settlement_dates ORDER BY 1, 2"""
TERMS = """INSERT INTO sp_v2_merchant_terms (merchant_id, source, cycle_days, reserve_bps,
  valid_from_at, why, recorded_by) VALUES ('M1', 'v2', %s, 500, '2026-01-01Z', 'test', 'test')"""


def late_holiday(day: dt.date) -> Version:
    """A holiday that is declared after all that were published."""
    number, at = published()[-1].version + 1, published()[-1].declared_at + dt.timedelta(days=1)
    change = Declaration(number, at, "add", day, "IN-MH", "Polls", "Government", "an election")
    return Version(number, at, frozenset(), (change,))


def test_v2_gives_back_what_was_declared(books: Any) -> None:
    with writing(books.dsn) as v2:
        assert declare(v2, published()) == []
        assert [one.version for one in declared(v2)] == [one.version for one in published()]
        found, wanted = current_calendar(v2), calendar_of(published())
    assert set(found.holidays) == set(wanted.holidays)
    assert (found.version, found.listed) == (wanted.version, wanted.listed)


def test_what_was_declared_is_not_declared_otherwise(books: Any) -> None:
    first = published()[0]
    other = replace(first, changes=first.changes[1:])
    with writing(books.dsn) as v2, pytest.raises(CalendarError, match="declared otherwise"):
        declare(v2, [other])


def test_only_what_a_late_holiday_moves_is_written_with_why(books: Any) -> None:
    for cycle in (1, 2):
        books.run(TERMS, [cycle])
    with writing(books.dsn) as v2:
        refreshed = refresh_dates(v2, FIRST, LAST)
    before = books.run(DATES)
    assert refreshed.new_count == len(before) == 30 * 8
    stamps = "SELECT capture_date, cycle_days, changed_at, xmin::text FROM sp_v2_settlement_dates"
    stamped = set(books.run(stamps))
    with writing(books.dsn) as v2:
        assert refresh_dates(v2, FIRST, LAST).moved == ()
    assert set(books.run(stamps)) == stamped
    late = late_holiday(dt.date(2026, 6, 10))
    with writing(books.dsn) as v2:
        assert declare(v2, [late]) == [late.version]
        moved = refresh_dates(v2, FIRST, LAST).moved
    # Wednesday the 10th: T+1 of Tuesday; T+2 of Monday and Tuesday.
    assert [(one.capture_date.day, one.cycle_days) for one in moved if one.cycle_days < 3] == [
        (8, 2),
        (9, 1),
        (9, 2),
        (10, 0),
    ]
    all_changed = [row for row in books.run(DATES) if row not in before]
    assert len(all_changed) == len(moved)
    changed = [row for row in all_changed if row[1] in (1, 2)]
    assert [(row[0].day, row[1], row[2].day, row[4].day) for row in changed] == [
        (8, 2, 11, 10),
        (9, 1, 11, 10),
        (9, 2, 12, 11),
    ]
    assert {row[3] for row in changed} == {late.version}
    assert changed[0][5] == "2026-06-10 Polls (IN-MH, add): an election"
    assert len(set(books.run(stamps)) - stamped) == len(moved)


def test_all_dates_reach_from_the_first_listed_year_to_well_ahead(books: Any) -> None:
    books.run(TERMS, [9])
    with writing(books.dsn) as v2:
        filled = fill_dates(v2, LAST)
        assert filled is not None
        again = refresh_all(v2, LAST)
        assert fill_dates(v2, LAST) is None
    rows = books.run(DATES)
    days = [row[0] for row in rows]
    assert (min(days), max(days)) == (dt.date(2024, 1, 1), LAST + dt.timedelta(days=60))
    assert {row[1] for row in rows} == {*range(8), 9}
    assert filled.new_count == len(rows)
    assert (again.new_count, again.moved) == (0, ())


def test_a_cycle_that_nobody_had_and_days_that_ran_out_are_filled(books: Any) -> None:
    with writing(books.dsn) as v2:
        refresh_all(v2, LAST)
    books.run(TERMS, [11])
    with writing(books.dsn) as v2:
        filled = fill_dates(v2, LAST)
        assert filled is not None
        assert fill_dates(v2, LAST) is None
        assert fill_dates(v2, LAST + dt.timedelta(days=60)) is not None
    assert {row[1] for row in books.run(DATES)} == {*range(8), 11}
