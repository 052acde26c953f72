"""The exam of detection: seeded, and what is planted is there."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from settlement_platform.simulator.anomalies import (
    AN_HOUR,
    DAYS,
    FALLING_HOUR,
    HOURS,
    RISING_HOUR,
    exam,
)
from settlement_platform.simulator.rows import UNSETTLED, day_start_at

TODAY = dt.date(2026, 3, 5)
DAY = dt.timedelta(days=1)


def test_the_same_seed_gives_the_same_exam_and_another_one_another() -> None:
    first, again, other = exam(1, TODAY), exam(1, TODAY), exam(2, TODAY)
    assert (first.past, first.day, first.labels) == (again.past, again.day, again.labels)
    assert first.day != other.day


def test_the_past_is_settled_but_for_those_who_wait() -> None:
    made = exam(1, TODAY)
    captured = [one for one in made.past.transactions if one.status == "SUCCESS"]
    waiting = {(one.merchant_code, one.txn_date) for one in captured if one.is_settled == UNSETTLED}
    assert waiting == {(name, made.late_date) for name in made.late}
    dates = {one.txn_date for one in made.past.transactions}
    assert (min(dates), max(dates)) == (TODAY - (DAYS + 1) * DAY, TODAY - 2 * DAY)


def test_an_hour_rises_and_falls_where_it_is_labelled_and_nowhere_else() -> None:
    made = exam(1, TODAY)
    begins = day_start_at(TODAY - DAY)
    hours = Counter(
        (one.merchant_code, (one.created_at - begins) // dt.timedelta(hours=1))
        for one in made.day.transactions
    )
    odd = {
        (name, hour)
        for (name, hour), count in hours.items()
        if hour in HOURS and not AN_HOUR[0] <= count <= 2 * AN_HOUR[1]
    }
    labelled = {
        (one.subject, (one.window_start_at - begins) // dt.timedelta(hours=1))
        for one in made.labels
        if one.rule == "gmv_deviation"
    }
    assert odd == labelled
    assert {hour for _, hour in labelled} == {FALLING_HOUR, RISING_HOUR}


def test_a_burst_lies_within_its_window_and_those_with_a_quiet_day_have_none() -> None:
    made = exam(1, TODAY)
    rows = {one.txn_id: one for one in made.day.transactions}
    for label, names in made.bursts.items():
        for one in (rows[name] for name in names):
            since = one.created_at - label.window_start_at
            assert dt.timedelta() <= since < dt.timedelta(seconds=30)
    assert not any(label.subject.startswith(made.quiet) for label in made.labels)
