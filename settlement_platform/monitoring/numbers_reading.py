"""Reads V2's numbers of the newest business days, as V2's reader sees them. Thin."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from typing import Any

import psycopg

from settlement_platform.config import Settings
from settlement_platform.contracts.scalars import business_date
from settlement_platform.monitoring.database import look, read_as_of, sql
from settlement_platform.monitoring.numbers import (
    CubeLook,
    CubeReading,
    DayBalance,
    Difference,
    NumbersReading,
    TermsReading,
    VersionsReading,
)

DAYS = 3
"""Business days that are looked at: today's, and those before it."""
NEWEST_VERSIONS = 50_000
"""Replaced versions that are looked at."""
MOST_DIFFERENCES = 1_000
LATE_SECONDS = 120.0
"""What was not restated for so long is not on its way."""
STATEMENT_SECONDS = 6
AS_OF_WAIT_SECONDS = 8.0
PAUSE_SECONDS = 0.25

Connection = psycopg.Connection[tuple[Any, ...]]


def read_numbers(settings: Settings) -> NumbersReading:
    """V2's newest business days, as its reader sees them. Raises psycopg.Error."""
    today = business_date(dt.datetime.now(dt.UTC))
    from_date = today - dt.timedelta(days=DAYS - 1)
    with look(settings.v2_dsn, STATEMENT_SECONDS) as v2:
        days, versions = read_days(v2, from_date), read_versions(v2)
        terms = read_terms(v2, from_date)
        return NumbersReading(from_date, read_cube(v2, from_date), days, versions, terms)


def read_days(v2: Connection, from_date: dt.date) -> list[DayBalance]:
    """Each business day's payments by what became of them. Raises psycopg.Error."""
    rows = v2.execute(sql("settled_plus_unsettled_is_captured"), {"from_date": from_date})
    return [
        DayBalance(row[0], _pair(row[1:3]), _pair(row[3:5]), _pair(row[5:7]), row[7])
        for row in rows
    ]


def _pair(columns: Sequence[Any]) -> tuple[int, int]:
    return int(columns[0]), int(columns[1])


def read_versions(v2: Connection) -> VersionsReading:
    """The newest replaced versions beside the rows that stand. Raises psycopg.Error."""
    row = v2.execute(sql("no_version_went_back"), {"newest": NEWEST_VERSIONS}).fetchone()
    assert row is not None
    versions_count, above_count, history_id, key, *lsns = row
    first = None
    if history_id is not None:
        replaced, stands = lsns[:4], lsns[4:]
        first = f"the first: {key} at {stands}, in its history (row {history_id}) at {replaced}"
    return VersionsReading(versions_count, above_count, first)


def read_terms(v2: Connection, from_date: dt.date) -> TermsReading:
    """The captured payments beside the terms of their merchants. Raises psycopg.Error."""
    scope = {"from_date": from_date, "late_seconds": LATE_SECONDS}
    row = v2.execute(sql("every_transaction_has_its_terms"), scope).fetchone()
    assert row is not None
    return TermsReading(*row)


def read_cube(
    v2: Connection, from_date: dt.date, wait_seconds: float = AS_OF_WAIT_SECONDS
) -> CubeReading:
    """The cube beside its transactions, looked at again where they differ. Raises psycopg.Error.

    Two jobs fill the two sides, so a change may stand in one before the other. Whatever differs is
    looked at again once as_of proves that all of it has reached both.
    """
    first, deadline = look_at_cube(v2, from_date), time.monotonic() + wait_seconds
    if not first.differences:
        return CubeReading(first)
    while not first.is_passed_by(read_as_of(v2)):
        if time.monotonic() > deadline:
            return CubeReading(first)
        time.sleep(PAUSE_SECONDS)
    return CubeReading(first, look_at_cube(v2, from_date))


def look_at_cube(v2: Connection, from_date: dt.date) -> CubeLook:
    """One look, of one moment. Raises psycopg.Error."""
    scope = {"from_date": from_date, "limit": MOST_DIFFERENCES}
    rows = v2.execute(sql("cube_equals_its_transactions"), scope).fetchall()
    seen_at, as_of, buckets_count, transactions_count = rows[0][:4]
    differences = [
        Difference((row[4], row[5], row[6], row[7]), _whole(row[8]), _whole(row[9]))
        for row in rows
        if row[4] is not None
    ]
    return CubeLook(seen_at, as_of, buckets_count, transactions_count, differences)


def _whole(figures: Sequence[Any]) -> tuple[int, ...]:
    return tuple(int(figure) for figure in figures)
