"""Differences planted in a real V2 are found, each by the truth that it breaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.contracts.scalars import business_date
from settlement_platform.monitoring.checks import Check
from settlement_platform.monitoring.database import look
from settlement_platform.monitoring.numbers import number_checks
from settlement_platform.monitoring.numbers_reading import DAYS, read_cube, read_numbers

TODAY = business_date(dt.datetime.now(dt.UTC))
LONG_AGO = TODAY - dt.timedelta(days=40)
TABLES = "sp_v2_transactions, sp_v2_transaction_history, sp_v2_realtime_aggregates, sp_v2_as_of"
TRANSACTION = """
INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise, payment_method,
  transaction_date, source_type, status, created_at, captured_at, reconciled_at, settled_at,
  deleted_at, source_lsn, gateway_lsn, source_committed_at)
VALUES (%(id)s, 'M1', %(paise)s, 'UPI', %(day)s, 'SABPAISA_STREAM', %(status)s, now(),
  CASE WHEN %(status)s IN ('RECONCILED', 'SETTLED') THEN now() END,
  CASE WHEN %(status)s IN ('RECONCILED', 'SETTLED') THEN now() END,
  CASE WHEN %(status)s = 'SETTLED' THEN now() END,
  CASE WHEN %(deleted)s THEN now() END, 10, 0, now())
"""
BUCKET = """
INSERT INTO sp_v2_realtime_aggregates VALUES ('DAY', now(), %s, %s, 'UPI', 'SABPAISA_STREAM',
  %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 10, 5, now())
"""
AS_OF = "INSERT INTO sp_v2_as_of VALUES (1, clock_timestamp() + %s * interval '1 second', now())"
ROWS = (
    ("settled", 100, "SETTLED", False),
    ("unsettled", 50, "RECONCILED", False),
    ("failed", 7, "FAILED", False),
    ("pending", 3, "PENDING", False),
    ("deleted", 1000, "SETTLED", True),
)


class Owner:
    """V2's owner, who may plant what the stream may not."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self._connection = connection

    def run(self, statement: str, parameters: object = None) -> None:
        """One statement, committed."""
        self._connection.execute(statement.encode(), parameters)  # type: ignore[arg-type]

    def as_of(self, from_now_seconds: float) -> None:
        """The as_of of so many seconds from now by V2's clock."""
        self.run("TRUNCATE sp_v2_as_of")
        self.run(AS_OF, [from_now_seconds])


@pytest.fixture
def v2(databases: Settings) -> Iterator[Owner]:
    """A V2 whose numbers agree, of today and of a day long ago; as_of passes whatever is seen."""
    with psycopg.connect(databases.v2_owner_dsn, autocommit=True) as connection:
        owner = Owner(connection)
        owner.run(f"TRUNCATE {TABLES}")
        for day in (TODAY, LONG_AGO):
            for name, paise, status, deleted in ROWS:
                values = {"id": f"{name} {day}", "paise": paise, "day": day}
                owner.run(TRANSACTION, {**values, "status": status, "deleted": deleted})
            owner.run(BUCKET, [day, "M1", 4, 160, 2, 150, 2, 150, 1, 100, 1, 7])
            owner.run(BUCKET, [day, "left by all", *([0] * 10)])
        owner.as_of(3600)
        yield owner
        owner.run(f"TRUNCATE {TABLES}")


def failed(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in number_checks(read_numbers(settings)) if not check.ok}


def test_numbers_that_agree_hold_and_are_counted(databases: Settings, v2: Owner) -> None:
    found = {check.name: check for check in number_checks(read_numbers(databases))}
    assert [name for name, check in found.items() if not check.ok] == []
    assert found["cube_equals_its_transactions"].measured == {
        "buckets_count": 2,
        "transactions_count": 4,
        "differing_buckets_count": 0,
        "moving_buckets_count": 0,
    }
    assert found["settled_plus_unsettled_is_captured"].measured == {
        "captured_count": 2,
        "captured_paise": 150,
        "settled_count": 1,
        "settled_paise": 100,
        "unsettled_count": 1,
        "unsettled_paise": 50,
    }


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        (
            "UPDATE sp_v2_realtime_aggregates SET captured_paise = 151 WHERE merchant_id = 'M1'",
            f"1 buckets of a day differ; the first: {TODAY} M1 UPI SABPAISA_STREAM: "
            "captured_paise is 151, they make 150",
        ),
        (
            "DELETE FROM sp_v2_realtime_aggregates WHERE merchant_id = 'M1'",
            "attempted_count is 0, they make 4; attempted_paise is 0, they make 160",
        ),
        (
            "DELETE FROM sp_v2_transactions WHERE status = 'PENDING'",
            "attempted_count is 4, they make 3; attempted_paise is 160, they make 157",
        ),
        (
            "UPDATE sp_v2_transactions SET deleted_at = NULL",
            "settled_paise is 100, they make 1,100",
        ),
    ],
)
def test_a_cube_that_counts_otherwise_is_found(
    databases: Settings, v2: Owner, planted: str, told: str
) -> None:
    v2.run(planted)
    found = failed(databases)
    assert list(found) == ["cube_equals_its_transactions"]
    assert told in str(found["cube_equals_its_transactions"].cause)


def test_a_day_that_is_long_closed_is_not_looked_at(databases: Settings, v2: Owner) -> None:
    statement = "DELETE FROM sp_v2_transactions WHERE transaction_date < %s"
    v2.run(statement, [TODAY - dt.timedelta(days=DAYS - 1)])
    assert failed(databases) == {}


def test_a_difference_that_as_of_has_not_passed_may_be_a_change_on_its_way(
    databases: Settings, v2: Owner
) -> None:
    v2.run("DELETE FROM sp_v2_realtime_aggregates WHERE merchant_id = 'M1'")
    v2.as_of(-1)
    with look(databases.v2_dsn) as reader:
        seen = read_cube(reader, TODAY, wait_seconds=0)
    assert len(seen.first.differences) == 1
    assert seen.again is None


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        (
            "UPDATE sp_v2_transactions SET captured_at = NULL WHERE status = 'SETTLED'",
            "captured 1 (50 paise), settled 1 (100 paise), unsettled 1 (50 paise)",
        ),
        (
            "UPDATE sp_v2_transactions SET settled_at = now() WHERE status = 'RECONCILED'",
            "captured 2 (150 paise), settled 2 (150 paise), unsettled 1 (50 paise)",
        ),
        (
            "UPDATE sp_v2_transactions SET captured_at = now() WHERE status = 'FAILED'",
            "captured 3 (157 paise), settled 1 (100 paise), unsettled 1 (50 paise)",
        ),
    ],
)
def test_payments_that_are_neither_or_both_are_found(
    databases: Settings, v2: Owner, planted: str, told: str
) -> None:
    v2.run(planted)
    found = failed(databases)
    assert list(found) == ["settled_plus_unsettled_is_captured"]
    assert f"1 days do not add up; the first: {TODAY}: {told}" in str(
        found["settled_plus_unsettled_is_captured"].cause
    )


def test_a_bucket_with_less_than_nothing_unsettled_is_found(databases: Settings, v2: Owner) -> None:
    v2.run("UPDATE sp_v2_realtime_aggregates SET settled_paise = 151 WHERE merchant_id = 'M1'")
    cause = failed(databases)["settled_plus_unsettled_is_captured"].cause
    assert "1 buckets below zero" in str(cause)


@pytest.mark.parametrize("day", [TODAY, LONG_AGO])
@pytest.mark.parametrize("half", ["source_lsn", "gateway_lsn"])
def test_a_row_below_a_version_that_it_had_is_found(
    databases: Settings, v2: Owner, day: dt.date, half: str
) -> None:
    key = f"settled {day}"
    change = "UPDATE sp_v2_transactions SET {0} = {1} WHERE transaction_id = %s"
    for version in (20, 30):
        v2.run(change.format(half, version), [key])
    assert failed(databases) == {}
    v2.run("ALTER TABLE sp_v2_transactions DISABLE TRIGGER guard")
    try:
        v2.run(change.format(half, 15), [key])
    finally:
        v2.run("ALTER TABLE sp_v2_transactions ENABLE TRIGGER guard")
    found = failed(databases)
    assert list(found) == ["no_version_went_back"]
    told = "1 rows stand below a version that V2 had; the first: settled"
    assert told in str(found["no_version_went_back"].cause)


def test_who_looks_may_not_write(databases: Settings) -> None:
    with (
        look(databases.v2_owner_dsn) as owner,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        owner.execute("DELETE FROM sp_v2_as_of")
