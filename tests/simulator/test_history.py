from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement_platform.contracts.core import FINAL_FAILURES
from settlement_platform.contracts.scalars import business_date
from settlement_platform.simulator.history import Chunk, history, settlement_date
from settlement_platform.simulator.rows import ZONE
from settlement_platform.simulator.world import cycle_days, world

UNTIL = dt.datetime(2026, 3, 12, 9, 30, tzinfo=dt.UTC)  # a Thursday, 15:00 in Kolkata
DAYS = 20
COUNT = 12_000


def _whole(seed: int, count: int = COUNT, days: int = DAYS, until: dt.datetime = UNTIL) -> Chunk:
    whole = Chunk()
    for chunk in history(seed, count, days, until, chunk_rows=1_000):
        assert len(chunk.transactions) <= 1_000
        whole.merchants += chunk.merchants
        whole.transactions += chunk.transactions
        whole.answers += chunk.answers
    return whole


@pytest.fixture(scope="module")
def past() -> Chunk:
    return _whole(7)


def test_the_same_seed_gives_the_same_rows(past: Chunk) -> None:
    assert _whole(7) == past


def test_another_seed_gives_other_rows_and_never_the_same_id(past: Chunk) -> None:
    other = _whole(8)
    ids = {row.txn_id for row in past.transactions}
    assert not ids & {row.txn_id for row in other.transactions}


def test_as_many_payments_as_asked_on_as_many_days(past: Chunk) -> None:
    assert len({row.txn_id for row in past.transactions}) == COUNT
    dates = {row.txn_date for row in past.transactions}
    assert len(dates) == DAYS
    assert max(dates) == business_date(UNTIL)
    assert past.merchants == list(world(7).merchants)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**12),
    st.integers(0, 300),
    st.integers(1, 9),
    st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2027, 1, 1), timezones=st.just(dt.UTC)),
)
def test_any_history_is_exact_in_order_and_in_the_past(
    seed: int, count: int, days: int, until: dt.datetime
) -> None:
    rows = _whole(seed, count, days, until).transactions
    assert len(rows) == count
    assert all(one.created_at <= other.created_at for one, other in pairwise(rows))
    for row in rows:
        assert row.created_at <= row.updated_at <= until
        assert row.txn_date == business_date(row.created_at)


def test_a_history_until_midnight_ends_with_the_whole_day_before() -> None:
    midnight = dt.datetime(2026, 3, 12, tzinfo=ZONE)
    rows = _whole(7, 500, 2, midnight).transactions
    assert {row.txn_date for row in rows} == {dt.date(2026, 3, 10), dt.date(2026, 3, 11)}


def test_a_history_without_days_or_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="days"):
        list(history(7, 10, 0, UNTIL))
    with pytest.raises(ValueError, match="time zone"):
        list(history(7, 10, 1, UNTIL.replace(tzinfo=None)))


def test_one_payment_in_ten_fails(past: Chunk) -> None:
    statuses = Counter(row.status for row in past.transactions)
    assert 0.085 < sum(statuses[status] for status in FINAL_FAILURES) / COUNT < 0.115
    assert all(statuses[status] > 0 for status in FINAL_FAILURES)


def test_only_payments_of_the_last_hour_are_open() -> None:
    rows = _whole(7, 5_000, 1).transactions
    still_open = [row for row in rows if row.status in ("INITIATED", "PENDING")]
    assert {row.status for row in still_open} == {"INITIATED", "PENDING"}
    assert all(UNTIL - row.created_at <= dt.timedelta(hours=1) for row in still_open)


def test_what_is_due_is_settled_but_for_one_in_a_hundred(past: Chunk) -> None:
    cycles = {row.merchant_id: cycle_days(row.settlement_cycle) for row in past.merchants}
    today = business_date(UNTIL)
    due = [
        row
        for row in past.transactions
        if row.status == "SUCCESS"
        and settlement_date(row.txn_date, cycles[row.merchant_code]) < today
    ]
    overdue = sum(row.is_settled == "0" for row in due)
    assert 0.004 < overdue / len(due) < 0.02


def test_nothing_is_settled_before_its_day_and_only_captured_payments_are(past: Chunk) -> None:
    cycles = {row.merchant_id: cycle_days(row.settlement_cycle) for row in past.merchants}
    for row in past.transactions:
        days = cycles[row.merchant_code]
        if row.is_settled == "1":
            assert row.status == "SUCCESS"
            if days:
                local = row.updated_at.astimezone(ZONE)
                assert local.date() == settlement_date(row.txn_date, days)
                assert 10 <= local.hour < 12


def test_each_answer_fits_its_payment(past: Chunk) -> None:
    rows = {row.txn_id: row for row in past.transactions}
    answered = {answer.txn_id for answer in past.answers}
    assert len(answered) == len(past.answers)
    for answer in past.answers:
        row = rows[answer.txn_id]
        assert (answer.response_code == "00") == (row.status == "SUCCESS")
        assert row.created_at <= answer.responded_at <= row.updated_at
    finished = Counter(row.status for row in past.transactions)
    with_answer = Counter(rows[txn_id].status for txn_id in answered)
    assert with_answer["SUCCESS"] > finished["SUCCESS"] * 0.99
    assert 0 < with_answer["EXPIRED"] < finished["EXPIRED"]
    assert 0 < with_answer["CANCELLED"] < finished["CANCELLED"]


@pytest.mark.parametrize(
    ("txn_date", "days", "expected"),
    [
        (dt.date(2026, 3, 12), 0, dt.date(2026, 3, 12)),
        (dt.date(2026, 3, 12), 1, dt.date(2026, 3, 13)),
        (dt.date(2026, 3, 13), 1, dt.date(2026, 3, 16)),  # over a second Saturday and a Sunday
        (dt.date(2026, 3, 20), 1, dt.date(2026, 3, 21)),  # a third Saturday is a business day
        (dt.date(2026, 3, 21), 7, dt.date(2026, 3, 31)),
    ],
)
def test_settlement_leaves_out_sundays_and_second_and_fourth_saturdays(
    txn_date: dt.date, days: int, expected: dt.date
) -> None:
    assert settlement_date(txn_date, days) == expected
