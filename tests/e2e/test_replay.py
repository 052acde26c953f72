"""Differences planted in V2 while traffic flows: a replay repairs their dates and no others."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.proof.verify import verify
from settlement_platform.repair.replay import look, prove, replay
from settlement_platform.simulator.core_writer import load_history
from settlement_platform.simulator.traffic_runner import run_traffic

pytestmark = pytest.mark.e2e

SEED, PAYMENTS, DAYS = 41, 3_000, 10
TODAY = dt.datetime.now(ZoneInfo("Asia/Kolkata")).date()
WRONG, EMPTY, UNTOUCHED = (TODAY - dt.timedelta(days=n) for n in (3, 4, 5))
DATES = [WRONG, EMPTY, UNTOUCHED]
Execute = Callable[..., Any]


def quiet(_: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def v2(stack_settings: Settings, wait_for: Callable[..., None]) -> Iterator[Execute]:
    """Statements as V2's owner, over a seeded history and with traffic that goes on."""
    stop = threading.Event()
    traffic = threading.Thread(
        target=run_traffic, args=(stack_settings.core_dsn, 20, None, SEED), kwargs={"stop": stop}
    )
    with psycopg.connect(stack_settings.v2_owner_dsn, autocommit=True) as owner:
        load_history(stack_settings.core_dsn, SEED, PAYMENTS, DAYS)
        count = "SELECT count(*) >= %s FROM sp_v2_transactions"
        wait_for(
            lambda: owner.execute(count, (PAYMENTS,)).fetchone() == (True,), "history is not in"
        )
        assert verify(stack_settings.core_dsn, stack_settings.v2_dsn).ok
        traffic.start()
        yield owner.execute
        stop.set()
        traffic.join()


def plant(v2: Execute) -> None:
    """A wrong amount, a missing row, ghosts, a wrong bucket and a ghost bucket; an empty date."""
    some = (
        "SELECT transaction_id FROM sp_v2_transactions"
        " WHERE transaction_date = %s AND gateway_lsn > 0 ORDER BY 1 LIMIT 2"
    )
    (amount,), (missing,) = v2(some, (WRONG,)).fetchall()
    v2("UPDATE sp_v2_transactions SET amount_paise = 1 WHERE transaction_id = %s", (amount,))
    v2(
        "INSERT INTO sp_v2_transactions SELECT (jsonb_populate_record(t, jsonb_build_object("
        "'transaction_id', 'GHOST-' || t.transaction_id))).* FROM sp_v2_transactions AS t"
        " WHERE t.transaction_id IN (%s, %s)",
        (amount, missing),
    )
    v2("DELETE FROM sp_v2_transactions WHERE transaction_id = %s", (missing,))
    bucket = "bucket_grain = 'DAY' AND transaction_date = %s"
    v2(f"UPDATE sp_v2_realtime_aggregates SET captured_paise = 7 WHERE {bucket}", (WRONG,))
    v2(
        "INSERT INTO sp_v2_realtime_aggregates SELECT (jsonb_populate_record(a,"
        ' \'{"merchant_id": "NOBODY"}\')).* FROM sp_v2_realtime_aggregates AS a'
        f" WHERE {bucket} LIMIT 1",
        (WRONG,),
    )
    v2("DELETE FROM sp_v2_transactions WHERE transaction_date = %s", (EMPTY,))
    v2("DELETE FROM sp_v2_realtime_aggregates WHERE transaction_date = %s", (EMPTY,))


def history_of(v2: Execute, date: dt.date) -> int:
    query = "SELECT count(*) FROM sp_v2_transaction_history WHERE transaction_date = %s"
    return int(v2(query, (date,)).fetchone()[0])


def test_planted_differences_are_named_repaired_and_proven(
    stack_settings: Settings, v2: Execute
) -> None:
    before = history_of(v2, UNTOUCHED)
    plant(v2)

    found, _ = look(stack_settings, DATES, quiet)
    assert [day.date for day in found.differing] == [EMPTY, WRONG]
    wrong, empty = found.days[WRONG], found.days[EMPTY]
    assert (len(wrong.different), len(wrong.missing), len(wrong.ghosts)) == (1, 1, 2)
    assert wrong.buckets
    assert [key[3] for key in wrong.ghost_buckets] == ["NOBODY"]
    assert len(empty.missing) == empty.compared_rows > 0
    assert len(empty.buckets) == empty.compared_buckets > 0

    outcome = replay(stack_settings, DATES, quiet)
    prove(outcome)
    by_date = {day.date: day for day in outcome.days}
    assert (by_date[WRONG].repaired, by_date[WRONG].removed) == (2, 2)
    assert by_date[WRONG].buckets == len(wrong.buckets) + 1
    assert by_date[EMPTY].repaired == empty.compared_rows
    assert (by_date[UNTOUCHED].repaired, by_date[UNTOUCHED].buckets) == (0, 0)

    assert history_of(v2, UNTOUCHED) == before
    ghosts = (
        "SELECT count(*), count(deleted_at) FROM sp_v2_transactions"
        " WHERE starts_with(transaction_id, 'GHOST-')"
    )
    assert v2(ghosts).fetchone() == (2, 2)
    again = replay(stack_settings, DATES, quiet)
    assert (again.is_proven, again.tries) == (True, 0)
    whole = verify(stack_settings.core_dsn, stack_settings.v2_dsn)
    assert (whole.missing, whole.extra, whole.different) == (0, 0, 0)


def test_deletes_that_the_stream_missed_reach_the_cube_too(
    stack_settings: Settings, v2: Execute
) -> None:
    """The core loses rows past its log, as TRUNCATE does it: both jobs still have them."""
    with psycopg.connect(stack_settings.core_admin_dsn, autocommit=True) as core:
        query = "SELECT txn_id FROM transactions_to_settle WHERE txn_date = %s ORDER BY 1 LIMIT 3"
        lost = [txn_id for (txn_id,) in core.execute(query, (UNTOUCHED,))]
        publish = "ALTER PUBLICATION settlement_publication SET (publish = 'insert, update{}')"
        core.execute(publish.format("").encode())
        for table in ("transactions_to_settle", "payment_gateway_response"):
            core.execute(f"DELETE FROM {table} WHERE txn_id = ANY(%s)".encode(), (lost,))
        core.execute(publish.format(", delete, truncate").encode())
    found, _ = look(stack_settings, [UNTOUCHED], quiet)
    assert found.days[UNTOUCHED].ghosts == set(lost)
    assert not found.days[UNTOUCHED].missing | found.days[UNTOUCHED].different
    assert found.buckets | found.ghost_buckets
    outcome = replay(stack_settings, [UNTOUCHED], quiet)
    prove(outcome)
    assert outcome.days[0].removed == len(lost)
