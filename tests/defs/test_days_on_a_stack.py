"""On a running stack: tables are reported while they move, and a closed day is the core's."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import dagster as dg
import psycopg
import pytest

from settlement_platform.closing.adds_up import NAME as CLOSE_ADDS_UP
from settlement_platform.closing.days import last_ended
from settlement_platform.config import Settings
from settlement_platform.definitions import defs
from settlement_platform.defs import freshness
from settlement_platform.defs.freshness import (
    COMPLETE_TABLES,
    Streamed,
    streamed_tables,
)
from settlement_platform.defs.naming import v2_key
from settlement_platform.defs.resources import Flink, V2Database
from settlement_platform.monitoring.watermarks import read_end_offsets, read_watermarks
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.jobs import job_specs

pytestmark = pytest.mark.e2e

BOUND_SECONDS = 120.0
Tick = Callable[..., dg.SensorResult]
CANARY = "sp_v2_canary"
EVERY_TABLE = {v2_key(table) for table in (*COMPLETE_TABLES, CANARY)}
PAYMENTS = 60
YOUNG_SECONDS = 8.0
CHANGE = """
INSERT INTO merchant_data VALUES ('UNREAD-1', 'Unread', 'T+1', 0, clock_timestamp())
ON CONFLICT (merchant_id) DO UPDATE SET updated_at = clock_timestamp()
"""
PAY = """
INSERT INTO transactions_to_settle
SELECT 'CLOSE-' || n, 'MERC000' || mod(n, 3) + 1, n + 0.25, (ARRAY['UPI', 'CARD'])[mod(n, 2) + 1],
  %(day)s, CASE WHEN mod(n, 5) = 0 THEN '1' ELSE '0' END,
  CASE WHEN mod(n, 5) = 0 THEN 'SUCCESS'
       ELSE (ARRAY['SUCCESS', 'FAILED', 'PENDING', 'SUCCESS'])[mod(n, 4) + 1] END,
  now() - interval '1 hour', now()
FROM generate_series(1, %(payments)s) AS n
"""
OF_THE_CORE = """
SELECT merchant_code, payment_mode, count(*), sum(amount) * 100,
  count(*) FILTER (WHERE status = 'SUCCESS' OR is_settled = '1'),
  COALESCE(sum(amount) FILTER (WHERE status = 'SUCCESS' OR is_settled = '1'), 0) * 100,
  count(*) FILTER (WHERE is_settled = '1'),
  COALESCE(sum(amount) FILTER (WHERE is_settled = '1'), 0) * 100
FROM transactions_to_settle
WHERE txn_date = %s
GROUP BY 1, 2
ORDER BY 1, 2
"""
OF_THE_CLOSE = """
SELECT merchant_id, payment_method, attempted_count, attempted_paise, captured_count,
  captured_paise, settled_count, settled_paise
FROM sp_v2_daily_closes
WHERE transaction_date = %s AND attempted_count > 0
ORDER BY 1, 2
"""


def reported(result: dg.SensorResult) -> set[dg.AssetKey]:
    """The tables of a tick."""
    return {e.asset_key for e in result.asset_events if isinstance(e, dg.AssetMaterialization)}


def long_ago(cursor: str | None) -> str:
    """The same cursor, as if it were reported so long ago that it may be reported again."""
    tables = Streamed.from_cursor(cursor).tables
    return Streamed({t: replace(r, reported_at_seconds=0.0) for t, r in tables.items()}).to_cursor()


def until_all_are_reported(tick: Tick, given: Settings) -> dg.SensorResult:
    """Ticks from nothing, until one reports every table."""
    deadline, pause = time.monotonic() + BOUND_SECONDS, threading.Event()
    while reported(found := tick(streamed_tables, given)) < EVERY_TABLE:
        assert time.monotonic() < deadline, found.skip_reason
        pause.wait(1)
    return found


def until_as_of_passes(given: Settings, at: dt.datetime) -> None:
    """Wait until V2 is complete up to an instant."""
    deadline, pause = time.monotonic() + BOUND_SECONDS, threading.Event()
    while (seen := read_watermarks(given)).as_of is None or seen.as_of <= at:
        assert time.monotonic() < deadline, seen
        pause.wait(0.5)


def test_tables_are_reported_while_they_move_and_not_once_their_job_has_stopped(
    alone: Settings, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "YOUNG_SECONDS", YOUNG_SECONDS)
    until_all_are_reported(tick, alone)
    spec = job_specs()["transaction_enrichment"]
    with FlinkClient(alone.flink) as flink:
        [job] = flink.alive(spec.name)
        flink.cancel(job.job_id)
        try:
            # While nothing happens in the core, V2 is complete without the job.
            with psycopg.connect(alone.core_dsn) as core:
                core.execute(CHANGE)
            threading.Event().wait(3)
            stands = tick(streamed_tables, alone)
            threading.Event().wait(3)
            again = tick(streamed_tables, alone, cursor=long_ago(stands.cursor))
            assert again.asset_events == []
            threading.Event().wait(YOUNG_SECONDS)
            assert not reported(tick(streamed_tables, alone)) & EVERY_TABLE
        finally:
            Flink(settings=lambda: alone).converge(spec)
    until_all_are_reported(tick, alone)


def test_the_topics_have_ends_that_move(stack_settings: Settings) -> None:
    canaries = "sabpaisa.public.settlement_canary"
    before = read_end_offsets(stack_settings)[canaries]
    deadline, pause = time.monotonic() + BOUND_SECONDS, threading.Event()
    while read_end_offsets(stack_settings)[canaries] <= before:
        assert time.monotonic() < deadline
        pause.wait(1)


@pytest.fixture
def paid_day(stack_settings: Settings) -> Iterator[dt.date]:
    """A business day that is over, with payments of every kind in V2; they are deleted again."""
    day = last_ended(dt.datetime.now(dt.UTC))
    with psycopg.connect(stack_settings.core_dsn, autocommit=True) as core:
        core.execute(PAY.encode(), {"day": day, "payments": PAYMENTS})
        row = core.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        until_as_of_passes(stack_settings, row[0])
        yield day
        core.execute("DELETE FROM transactions_to_settle WHERE txn_id LIKE 'CLOSE-%'")


def test_a_closed_day_equals_sql_on_the_core(stack_settings: Settings, paid_day: dt.date) -> None:
    result = defs.resolve_job_def("close_days").execute_in_process(
        partition_key=str(paid_day),
        resources={"v2": V2Database(settings=lambda: stack_settings)},
    )
    assert result.success
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert checks[CLOSE_ADDS_UP]
    with (
        psycopg.connect(stack_settings.core_dsn) as core,
        psycopg.connect(stack_settings.v2_dsn) as v2,
    ):
        of_the_core = core.execute(OF_THE_CORE.encode(), [paid_day]).fetchall()
        of_the_close = v2.execute(OF_THE_CLOSE.encode(), [paid_day]).fetchall()
        assert of_the_close == of_the_core
        assert sum(int(row[2]) for row in of_the_close) >= PAYMENTS
