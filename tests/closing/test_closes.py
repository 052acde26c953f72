"""Closes against a real V2: edges of the day, late changes, empty days, and what is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from settlement_platform.closing.adds_up import close_adds_up, read_close
from settlement_platform.closing.closes import ClosedDay, close_days, read_closing
from settlement_platform.closing.days import (
    ClosingError,
    DayRange,
    changed_since,
    end_of,
    last_ended,
    must_be_closed,
)
from settlement_platform.closing.merchant_days import compute_merchant_days
from settlement_platform.config import Settings
from settlement_platform.monitoring.checks import Check

DAY = last_ended(dt.datetime.now(dt.UTC)) - dt.timedelta(days=3)
NEXT = DAY + dt.timedelta(days=1)
ONE = DayRange(DAY, DAY)
BOTH = DayRange(DAY, NEXT)
TABLES = (
    "sp_v2_transactions, sp_v2_transaction_history, sp_v2_realtime_aggregates, sp_v2_as_of, "
    "sp_v2_daily_closes, sp_v2_daily_close_history, sp_v2_day_closings, sp_v2_mart_merchant_days"
)
PAYMENT = """
INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise, payment_method,
  transaction_date, source_type, status, created_at, captured_at, reconciled_at, settled_at,
  source_lsn, gateway_lsn, source_committed_at)
VALUES (%(id)s, 'M1', %(paise)s, %(method)s, %(day)s, 'SABPAISA_STREAM', %(status)s, %(at)s,
  CASE WHEN %(status)s IN ('RECONCILED', 'SETTLED') THEN %(at)s END,
  CASE WHEN %(status)s IN ('RECONCILED', 'SETTLED') THEN %(at)s END,
  CASE WHEN %(status)s = 'SETTLED' THEN %(at)s + interval '1 hour' END, 10, 0, %(at)s)
"""
CUBE = """
INSERT INTO sp_v2_realtime_aggregates
SELECT 'DAY', transaction_date::timestamp AT TIME ZONE 'Asia/Kolkata', transaction_date,
  merchant_id, payment_method, source_type, count(*), sum(amount_paise),
  count(captured_at), COALESCE(sum(amount_paise) FILTER (WHERE captured_at IS NOT NULL), 0),
  count(captured_at), COALESCE(sum(amount_paise) FILTER (WHERE captured_at IS NOT NULL), 0),
  count(settled_at), COALESCE(sum(amount_paise) FILTER (WHERE settled_at IS NOT NULL), 0),
  count(*) FILTER (WHERE status = 'FAILED'),
  COALESCE(sum(amount_paise) FILTER (WHERE status = 'FAILED'), 0),
  max(source_lsn), count(*), max(source_committed_at)
FROM sp_v2_transactions
WHERE deleted_at IS NULL
GROUP BY transaction_date, merchant_id, payment_method, source_type
"""
SETTLE = """
UPDATE sp_v2_transactions
SET status = 'SETTLED', settled_at = now(), source_lsn = 20, source_committed_at = now()
WHERE transaction_id = 'captured'
"""


class V2:
    """V2 as its owner, who may plant what the stream may not."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._connection = psycopg.connect(settings.v2_owner_dsn, autocommit=True)

    def run(self, statement: str, parameters: object = None) -> list[tuple[object, ...]]:
        """One statement, committed; its rows."""
        done = self._connection.execute(statement.encode(), parameters)  # type: ignore[arg-type]
        return list(done.fetchall()) if done.description else []

    def pay(self, name: str, paise: int, status: str, **more: object) -> None:
        """A payment of DAY by UPI; its day and method may be others."""
        values: dict[str, object] = {"id": name, "paise": paise, "status": status}
        values |= {"day": DAY, "method": "UPI", "at": end_of(DAY) - dt.timedelta(hours=20)}
        self.run(PAYMENT, values | more)

    def count_anew(self) -> None:
        """The cube as its job would have it."""
        self.run("TRUNCATE sp_v2_realtime_aggregates")
        self.run(CUBE)

    def as_of(self, at: dt.datetime | None) -> None:
        """V2 is complete up to an instant."""
        self.run("TRUNCATE sp_v2_as_of")
        if at is not None:
            self.run("INSERT INTO sp_v2_as_of VALUES (1, %s, now())", [at])

    def close(self, days: DayRange = ONE) -> list[ClosedDay]:
        """Close days."""
        return close_days(self.settings.v2_owner_dsn, days)

    def judged(self, closed: list[ClosedDay], wait_seconds: float = 0) -> Check:
        """Whether a close adds up."""
        return close_adds_up(read_close(self.settings.v2_dsn, closed, wait_seconds))

    def end(self) -> None:
        """Leave it empty."""
        self.run(f"TRUNCATE {TABLES}")
        self._connection.close()


@pytest.fixture
def v2(databases: Settings) -> Iterator[V2]:
    """A V2 with payments of every kind on DAY, its cube, and an as_of of now."""
    found = V2(databases)
    found.run(f"TRUNCATE {TABLES}")
    found.pay("settled", 100, "SETTLED")
    found.pay("captured", 50, "RECONCILED")
    found.pay("failed", 7, "FAILED")
    found.pay("pending", 3, "PENDING")
    found.pay("by card", 11, "SETTLED", method="CARD")
    found.pay("deleted", 1000, "SETTLED")
    found.run("UPDATE sp_v2_transactions SET deleted_at = now() WHERE transaction_id = 'deleted'")
    found.count_anew()
    found.as_of(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    yield found
    found.end()


def figures(v2: V2, table: str = "sp_v2_daily_closes") -> list[tuple[object, ...]]:
    return v2.run(
        f"""SELECT payment_method, version, attempted_count, attempted_paise, captured_count,
        captured_paise, reconciled_paise, settled_count, settled_paise, unsettled_count,
        unsettled_paise, failed_paise FROM {table} ORDER BY payment_method, version"""
    )


def test_a_close_adds_up_each_stage_by_merchant_and_method(v2: V2) -> None:
    [closed] = v2.close()
    assert (closed.day, closed.version, closed.is_new) == (DAY, 1, True)
    assert (closed.row_count, closed.captured_paise, closed.settled_paise) == (2, 161, 111)
    assert closed.captured_difference_paise is None
    assert figures(v2) == [
        ("CARD", 1, 1, 11, 1, 11, 11, 1, 11, 0, 0, 0),
        ("UPI", 1, 4, 160, 2, 150, 150, 1, 100, 1, 50, 7),
    ]
    found = v2.judged([closed])
    assert found.ok, found.cause


def test_closing_again_what_did_not_change_changes_nothing(v2: V2) -> None:
    v2.close()
    everything = [v2.run(f"SELECT * FROM {table}") for table in TABLES.split(", ")]
    [again] = v2.close()
    assert (again.version, again.is_new, again.captured_difference_paise) == (1, False, 0)
    assert [v2.run(f"SELECT * FROM {table}") for table in TABLES.split(", ")] == everything


def test_a_settlement_after_the_close_makes_a_version_and_keeps_the_earlier_figures(v2: V2) -> None:
    v2.close()
    v2.run(SETTLE)
    v2.count_anew()
    [again] = v2.close()
    assert (again.version, again.is_new, again.changed_rows) == (2, True, 1)
    assert (again.captured_difference_paise, again.settled_difference_paise) == (0, 50)
    assert figures(v2) == [
        ("CARD", 1, 1, 11, 1, 11, 11, 1, 11, 0, 0, 0),
        ("UPI", 2, 4, 160, 2, 150, 150, 2, 150, 0, 0, 7),
    ]
    assert figures(v2, "sp_v2_daily_close_history") == [
        ("UPI", 1, 4, 160, 2, 150, 150, 1, 100, 1, 50, 7)
    ]
    totals = "SELECT version, changed_rows, settled_paise FROM sp_v2_day_closings ORDER BY version"
    assert v2.run(totals) == [(1, 2, Decimal(111)), (2, 1, Decimal(161))]


def test_a_row_that_all_payments_left_stays_as_zeros(v2: V2) -> None:
    v2.close()
    v2.run(
        "UPDATE sp_v2_transactions SET payment_method = 'EMI', source_lsn = 20 "
        "WHERE transaction_id = 'by card'"
    )
    v2.count_anew()
    closed = v2.close()
    assert [(row[0], row[1], row[3]) for row in figures(v2)] == [
        ("CARD", 2, 0),
        ("EMI", 2, 11),
        ("UPI", 1, 160),
    ]
    assert v2.judged(closed).ok
    assert v2.close()[0].version == 2


def test_a_day_ends_at_midnight_in_kolkata_and_closes_no_sooner(v2: V2) -> None:
    v2.as_of(end_of(DAY) - dt.timedelta(microseconds=1))
    with pytest.raises(ClosingError, match=f"{DAY} cannot be closed before as_of has passed"):
        v2.close()
    assert figures(v2) == []
    v2.as_of(end_of(DAY))
    assert v2.close()[0].version == 1
    with pytest.raises(ClosingError, match=f"{NEXT} cannot be closed before"):
        v2.close(BOTH)
    v2.as_of(None)
    with pytest.raises(ClosingError, match="as_of was never published"):
        v2.close()


def test_a_payment_belongs_to_its_business_date_whatever_the_day_in_utc(v2: V2) -> None:
    last, first = (end_of(DAY) + dt.timedelta(seconds=n) for n in (-1, 0))
    assert last.astimezone(dt.UTC).date() == first.astimezone(dt.UTC).date() == DAY
    v2.pay("last of the day", 1000, "RECONCILED", at=last, method="WALLET")
    v2.pay("first of the next", 2000, "RECONCILED", at=first, day=NEXT, method="WALLET")
    closed = v2.close(BOTH)
    assert [(one.day, one.captured_paise) for one in closed] == [(DAY, 1161), (NEXT, 2000)]


def test_an_empty_day_is_closed_with_nothing_in_it(v2: V2) -> None:
    closed = v2.close(BOTH)
    assert [(one.day, one.version, one.row_count) for one in closed] == [(DAY, 1, 2), (NEXT, 1, 0)]
    assert v2.judged(closed).ok
    assert v2.close(BOTH)[1].is_new is False


def test_a_cube_that_counts_otherwise_fails_the_close(v2: V2) -> None:
    v2.run("UPDATE sp_v2_realtime_aggregates SET settled_paise = 99 WHERE payment_method = 'UPI'")
    found = v2.judged(v2.close())
    assert (found.ok, found.severity) == (False, "error")
    assert f"the first: {DAY} M1 UPI SABPAISA_STREAM: settled_paise is 100, the cube has 99" in str(
        found.cause
    )


def test_a_difference_that_as_of_has_not_passed_is_a_warning(v2: V2) -> None:
    v2.run("UPDATE sp_v2_realtime_aggregates SET settled_paise = 99 WHERE payment_method = 'UPI'")
    v2.as_of(end_of(DAY))
    found = v2.judged(v2.close())
    assert (found.ok, found.severity) == (False, "warning")


def test_what_the_core_committed_after_the_closes_as_of_is_no_difference(v2: V2) -> None:
    v2.as_of(end_of(DAY))
    closed = v2.close()
    v2.run(SETTLE)
    v2.count_anew()
    found = v2.judged(closed)
    assert found.ok, found.cause
    assert found.measured["changed_since_rows"] == 1


def test_a_payment_that_is_neither_settled_nor_unsettled_fails_the_close(v2: V2) -> None:
    v2.run(
        "UPDATE sp_v2_transactions SET captured_at = NULL, source_lsn = 20 "
        "WHERE transaction_id = 'settled'"
    )
    found = v2.judged(v2.close())
    assert (found.ok, found.severity, found.measured["uneven_rows"]) == (False, "error", 1)


def test_days_to_close_follow_from_what_is_closed_and_what_changed(v2: V2) -> None:
    def due() -> tuple[list[dt.date], list[dt.date]]:
        states = read_closing(v2.settings).states
        return must_be_closed(states), changed_since(states)

    assert due() == ([DAY], [])
    v2.close()
    after = [DAY + dt.timedelta(days=n) for n in (1, 2, 3)]
    assert due() == (after, [DAY])
    compute_merchant_days(v2.settings.v2_owner_dsn, ONE)
    assert due() == (after, [])
    v2.run(SETTLE)
    v2.count_anew()
    assert due() == (after, [DAY])
    v2.close()
    assert due() == (after, [DAY])
    compute_merchant_days(v2.settings.v2_owner_dsn, ONE)
    assert due() == (after, [])


def test_the_mart_is_replaced_by_day(v2: V2) -> None:
    v2.close()
    for _ in range(2):
        assert compute_merchant_days(v2.settings.v2_owner_dsn, BOTH) == {str(DAY): 1, str(NEXT): 0}
    query = """SELECT merchant_id, attempted_count, captured_paise, settled_count, success_rate_bps,
      settlement_rate_bps, settle_p50_seconds, settle_p90_seconds, version
      FROM sp_v2_mart_merchant_days"""
    assert v2.run(query) == [("M1", 5, Decimal(161), 2, 6000, 6667, 3600, 3600, 1)]


def test_readers_read_closes_and_the_stream_does_not_touch_them(v2: V2) -> None:
    with psycopg.connect(v2.settings.v2_dsn) as reader:
        assert reader.execute("SELECT count(*) FROM sp_v2_daily_closes").fetchone() == (0,)
    dsn = v2.settings.v2_dsn.replace("v2_reader", "v2_stream").replace(
        v2.settings.secret("v2_reader"), v2.settings.secret("v2_stream")
    )
    with (
        psycopg.connect(dsn) as stream,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        stream.execute("DELETE FROM sp_v2_daily_closes")
