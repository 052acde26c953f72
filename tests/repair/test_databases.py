"""Looking at some dates of two real databases: each difference by its date, and what both hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from settlement_platform.capture.connectors import PUBLICATION
from settlement_platform.config import Settings
from settlement_platform.errors import ProofError
from settlement_platform.repair.plan import DayPlan
from settlement_platform.repair.reaching import (
    ask_again,
    await_arrival,
    empty_buckets,
    read_core,
    read_v2,
    read_v2_merchants,
    remove_beyond,
)
from settlement_platform.repair.replay import dates_between, look, replay
from settlement_platform.repair.signals import MERCHANTS
from settlement_platform.simulator.core_writer import apply_schema

ROWS = Path(__file__).parents[1] / "proof"
FIRST, SECOND, OTHER = (dt.date(2025, 10, day) for day in (2, 3, 4))
DATES = [FIRST, SECOND, OTHER]
CORE_TABLES = ("transactions_to_settle", "merchant_data", "payment_gateway_response")
V2_TABLES = (
    "sp_v2_transactions",
    "sp_v2_transaction_history",
    "sp_v2_merchant_master",
    "sp_v2_realtime_aggregates",
    "sp_v2_as_of",
)
DAY_BUCKET = (
    "DAY",
    "2025-10-01 18:30:00",
    "2025-10-02",
    "m1",
    "UPI",
    "SABPAISA_STREAM",
)
Execute = Callable[..., Any]


def quiet(_: str) -> None:
    """Nobody listens."""


@pytest.fixture
def v2(databases: Settings) -> Iterator[Execute]:
    """Both sides filled and equal; statements go to V2, which is complete for an hour to come."""
    with (
        psycopg.connect(databases.core_dsn, autocommit=True) as core,
        psycopg.connect(databases.v2_owner_dsn, autocommit=True) as owner,
    ):

        def empty() -> None:
            for table in CORE_TABLES:
                core.execute(f"DELETE FROM {table}".encode())
            for table in V2_TABLES:
                owner.execute(f"DELETE FROM {table}".encode())

        empty()
        core.execute((ROWS / "verify_core_rows.sql").read_bytes())
        owner.execute((ROWS / "verify_v2_rows.sql").read_bytes())
        owner.execute("INSERT INTO sp_v2_as_of VALUES (1, now() + interval '1 hour', now())")
        yield owner.execute
        empty()


def differing(settings: Settings) -> dict[dt.date, DayPlan]:
    found, _ = look(settings, DATES, quiet)
    return {day.date: day for day in found.differing}


@pytest.mark.usefixtures("v2")
def test_equal_dates_are_compared_and_nothing_is_planned(databases: Settings) -> None:
    found, comparison = look(databases, DATES, quiet)
    assert found.is_equal
    assert comparison.rounds == 1
    assert [(day.compared_rows, day.compared_buckets) for day in found.days.values()] == [
        (3, 4),
        (8, 2),
        (0, 0),
    ]


@pytest.mark.usefixtures("v2")
def test_a_replay_of_equal_dates_is_their_proof_and_changes_nothing(databases: Settings) -> None:
    outcome = replay(databases, DATES, quiet)
    assert outcome.is_proven
    assert outcome.tries == 0
    assert {(day.repaired, day.removed, day.buckets) for day in outcome.days} == {(0, 0, 0)}


def test_each_difference_is_named_at_its_date(databases: Settings, v2: Execute) -> None:
    v2("UPDATE sp_v2_transactions SET amount_paise = 1 WHERE transaction_id = 'T1'")
    v2("DELETE FROM sp_v2_transactions WHERE transaction_id = 'T4'")
    v2("UPDATE sp_v2_transactions SET transaction_id = 'GHOST' WHERE transaction_id = 'D1'")
    v2("UPDATE sp_v2_transactions SET deleted_at = NULL WHERE transaction_id = 'GHOST'")
    v2("UPDATE sp_v2_realtime_aggregates SET settled_paise = 7 WHERE payment_method = 'CARD'")
    v2("UPDATE sp_v2_realtime_aggregates SET failed_count = 2 WHERE attempted_count = 0")
    found = differing(databases)
    assert found.keys() == {FIRST, SECOND}
    assert found[FIRST].different == {"T1"}
    assert {key[0] for key in found[FIRST].buckets} == {"DAY", "HOUR"}
    assert (found[SECOND].missing, found[SECOND].ghosts) == ({"T4"}, {"GHOST"})
    assert [key[0] for key in found[SECOND].ghost_buckets] == ["HOUR"]


def test_a_payment_that_v2_has_at_another_date_is_no_ghost(
    databases: Settings, v2: Execute
) -> None:
    v2("UPDATE sp_v2_transactions SET transaction_date = '2025-10-04' WHERE transaction_id = 'T2'")
    assert differing(databases)[FIRST].different == {"T2"}
    alone, _ = look(databases, [OTHER], quiet)
    assert alone.ghosts == {"T2"}
    presence, _, _ = read_core(databases.core_dsn, alone.ghosts, [])
    assert presence["T2"].payment  # so it is read again, not taken out


def test_the_core_tells_what_it_has_and_a_payment_of_each_bucket(databases: Settings) -> None:
    with psycopg.connect(databases.core_dsn, autocommit=True) as core:
        core.execute((ROWS / "verify_core_rows.sql").read_bytes())
        hour = ("HOUR", "2025-10-02 05:30:00", "2025-10-02", "m1", "CARD", "SABPAISA_STREAM")
        presence, witnesses, lsn = read_core(
            databases.core_dsn, ["T1", "T2", "nobody"], [DAY_BUCKET, hour]
        )
        for table in CORE_TABLES:
            core.execute(f"DELETE FROM {table}".encode())
    assert {key: (p.payment, p.answer) for key, p in presence.items()} == {
        "T1": (True, True),
        "T2": (True, False),
        "nobody": (False, True),
    }
    assert witnesses == {"T1", "T3"}
    assert lsn > 0


def test_only_what_no_record_can_pass_is_removed_by_hand(databases: Settings, v2: Execute) -> None:
    v2("UPDATE sp_v2_transactions SET source_lsn = 1000 WHERE transaction_id = 'T1'")
    remove_beyond(databases.v2_owner_dsn, ["T1", "T2"], 999)
    removed = v2(
        "SELECT transaction_id FROM sp_v2_transactions WHERE deleted_at > now() - '1m'::interval"
    )
    assert removed.fetchall() == [("T1",)]
    kept = v2("SELECT count(*) FROM sp_v2_transaction_history WHERE source_lsn = 1000")
    assert kept.fetchone() == (1,)


def test_a_bucket_is_emptied_unless_it_has_moved_on(databases: Settings, v2: Execute) -> None:
    bucket = "SELECT attempted_count FROM sp_v2_realtime_aggregates WHERE attempted_paise = 30050"
    empty_buckets(databases.v2_owner_dsn, [DAY_BUCKET], 0)
    assert v2(bucket).fetchall() == [(2,), (2,)]
    empty_buckets(databases.v2_owner_dsn, [DAY_BUCKET], 1)
    assert v2(bucket).fetchall() == [(2,)]


@pytest.mark.usefixtures("v2")
def test_v2_tells_what_it_has_and_what_has_arrived(databases: Settings) -> None:
    (found,) = read_v2(databases.v2_dsn, ["T1", "nobody"])
    assert (found.transaction_id, found.amount_paise, found.gateway_lsn) == ("T1", 10050, 1)
    assert await_arrival(databases.v2_dsn, ["T1", "T2"], 1, quiet)


def test_a_merchant_that_was_read_again_has_a_newer_version(
    databases: Settings, v2: Execute
) -> None:
    (found,) = read_v2_merchants(databases.v2_dsn, ["m1", "nobody"])
    assert found.merchant_id == "m1"
    v2("UPDATE sp_v2_merchant_master SET source_lsn = 9e17 WHERE merchant_id = 'm1'")
    asked = (databases.core_signal_dsn, databases.v2_dsn, ["m1"], quiet, MERCHANTS)
    assert ask_again(*asked)


def test_a_range_goes_forward() -> None:
    assert dates_between(FIRST, OTHER) == DATES
    with pytest.raises(ProofError, match="older date first"):
        dates_between(OTHER, FIRST)


def test_a_bucket_that_counts_nothing_in_the_core_is_emptied_and_proven(
    databases: Settings, v2: Execute
) -> None:
    v2("UPDATE sp_v2_realtime_aggregates SET failed_count = 2 WHERE attempted_count = 0")
    outcome = replay(databases, DATES, quiet)
    assert outcome.is_proven
    assert outcome.tries == 1
    assert [(day.repaired, day.removed, day.buckets) for day in outcome.days] == [
        (0, 0, 0),
        (0, 0, 1),
        (0, 0, 0),
    ]


def test_the_capture_role_may_signal_and_leaves_no_signal_behind(
    databases: Settings, v2: Execute
) -> None:
    v2("UPDATE sp_v2_transactions SET source_lsn = 9e17 WHERE transaction_id = 'T1'")
    told: list[str] = []
    assert ask_again(databases.core_signal_dsn, databases.v2_dsn, ["T1"], told.append)
    with psycopg.connect(databases.core_signal_dsn, autocommit=True) as core:
        assert core.execute("SELECT count(*) FROM settlement_signal").fetchone() == (0,)
        published = core.execute(
            "SELECT tablename FROM pg_publication_tables WHERE pubname = %s", (PUBLICATION,)
        )
        assert ("settlement_signal",) in published.fetchall()


def test_a_publication_from_before_signals_gets_their_table(databases: Settings) -> None:
    with psycopg.connect(databases.core_admin_dsn, autocommit=True) as core:
        core.execute(f"ALTER PUBLICATION {PUBLICATION} DROP TABLE settlement_signal".encode())
        apply_schema(databases.core_admin_dsn)
        apply_schema(databases.core_admin_dsn)
        query = "SELECT count(*) FROM pg_publication_tables WHERE tablename = 'settlement_signal'"
        assert core.execute(query).fetchone() == (1,)
