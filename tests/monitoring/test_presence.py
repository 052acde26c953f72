"""Rows that V2 has and the core does not have any more."""

from __future__ import annotations

import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.presence import Presence, presence_check, read_presence

TABLE = "merchant_data"


@pytest.mark.parametrize(
    ("seen", "is_there"),
    [(Presence(0, 0), True), (Presence(20, 10), True), (Presence(20, 9), False)],
)
def test_a_table_that_lost_most_of_its_rows_is_named(seen: Presence, is_there: bool) -> None:
    [check] = presence_check({TABLE: seen}, TABLE)
    assert check.ok is is_there
    assert f"the core's {TABLE}" in check.detail


def test_what_cannot_be_told_is_a_warning_that_names_who_is_away() -> None:
    [check] = presence_check(Unread("V2 does not answer: refused"), TABLE)
    assert (check.ok, check.severity) == (False, "warning")
    assert check.cause == "V2 does not answer: refused"


def test_rows_of_a_real_v2_are_looked_for_in_a_real_core(databases: Settings) -> None:
    merchant = "('M1', 'One', 'T+1', 0, clock_timestamp()"
    with (
        psycopg.connect(databases.core_admin_dsn, autocommit=True) as core,
        psycopg.connect(databases.v2_owner_dsn, autocommit=True) as v2,
    ):
        core.execute("TRUNCATE merchant_data")
        core.execute(f"INSERT INTO merchant_data VALUES {merchant})".encode())
        v2.execute(
            "INSERT INTO sp_v2_merchant_master VALUES"
            " ('M1', 'One', 1, 0, clock_timestamp(), NULL, 1, clock_timestamp())"
        )
        try:
            before = read_presence(databases)
            core.execute("TRUNCATE merchant_data")
            after = read_presence(databases)
        finally:
            v2.execute("TRUNCATE sp_v2_merchant_master")
    assert (before[TABLE], after[TABLE]) == (Presence(1, 1), Presence(1, 0))
