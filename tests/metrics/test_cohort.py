"""The window and the filters of a cohort."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.contracts.scalars import business_date
from settlement_platform.metrics.cohort import (
    Cohort,
    Filters,
    Window,
    WindowError,
    check_past,
    window_before,
    window_or_default,
)
from settlement_platform.metrics.reading import Part, reading_statement

NOON_AT = dt.datetime(2026, 1, 31, 6, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 1, 31)
TOMORROW = dt.date(2026, 2, 1)
instants = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))
maybe_dates = st.none() | st.dates()


def test_a_business_date_changes_at_midnight_in_kolkata() -> None:
    midnight_at = dt.datetime(2026, 1, 30, 18, 30, tzinfo=dt.UTC)
    assert business_date(midnight_at) == dt.date(2026, 1, 31)
    assert business_date(midnight_at - dt.timedelta(microseconds=1)) == dt.date(2026, 1, 30)


def test_without_dates_the_window_is_the_last_thirty_business_dates_with_today() -> None:
    window = window_or_default(None, None, NOON_AT)
    assert window == Window(dt.date(2026, 1, 2), TOMORROW)
    assert (window.to_date - window.from_date).days == 30


def test_without_its_end_a_window_lasts_until_today() -> None:
    assert window_or_default(TODAY, None, NOON_AT) == Window(TODAY, TOMORROW)


def test_without_its_begin_a_window_has_thirty_days() -> None:
    window = window_or_default(None, dt.date(2025, 3, 31), NOON_AT)
    assert window == Window(dt.date(2025, 3, 1), dt.date(2025, 3, 31))


def test_a_window_that_ends_where_it_begins_is_refused_with_a_remedy() -> None:
    with pytest.raises(WindowError, match="holds no day") as refused:
        Window(TODAY, TODAY)
    assert refused.value.parameter == "to_date"
    assert "after the from_date" in refused.value.remedy


def test_four_hundred_days_are_a_window_and_one_more_is_not() -> None:
    Window(TODAY, TODAY + dt.timedelta(days=400))
    with pytest.raises(WindowError, match="401 days"):
        Window(TODAY, TODAY + dt.timedelta(days=401))


@given(maybe_dates, maybe_dates, instants)
def test_any_dates_give_a_window_within_bounds_or_a_window_error(
    from_date: dt.date | None, to_date: dt.date | None, now_at: dt.datetime
) -> None:
    try:
        window = window_or_default(from_date, to_date, now_at)
    except WindowError:
        return
    assert 1 <= (window.to_date - window.from_date).days <= 400
    assert from_date in (None, window.from_date)
    assert to_date in (None, window.to_date)


def test_all_parts_and_their_as_of_are_read_by_one_statement_with_values_bound() -> None:
    filters = Filters(("M'1",), ("OTHER", "UPI"), "MANUAL_UPLOAD")
    asked = Cohort(Window(TODAY, TOMORROW), filters)
    text = str(reading_statement(asked, list(Part)))
    assert "sp_v2_tile_cells" in text
    assert "sp_v2_as_of" in text
    assert "M'1" not in text


def test_the_window_before_has_the_same_length_and_ends_where_the_other_begins() -> None:
    january = Window(dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    assert window_before(january) == Window(dt.date(2025, 12, 1), dt.date(2026, 1, 1))


def test_an_instant_that_is_not_complete_yet_is_refused() -> None:
    check_past(None, None)
    check_past(NOON_AT, NOON_AT)
    for as_of in (None, NOON_AT - dt.timedelta(microseconds=1)):
        with pytest.raises(WindowError, match="complete"):
            check_past(NOON_AT, as_of)
