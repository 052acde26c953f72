"""V2's watermarks, read from a real V2."""

from __future__ import annotations

import datetime as dt

import psycopg

from settlement_platform.config import Settings
from settlement_platform.monitoring.watermarks import (
    Watermarks,
    read_core_activity,
    read_watermarks,
)

AT = dt.datetime(2026, 10, 2, 6, tzinfo=dt.UTC)


def test_an_empty_v2_has_no_watermark(databases: Settings) -> None:
    with psycopg.connect(databases.v2_owner_dsn, autocommit=True) as owner:
        owner.execute("TRUNCATE sp_v2_as_of, sp_v2_canary, sp_v2_day_closings")
    found = read_watermarks(databases)
    assert (found.as_of, found.core_at, found.loaded_at, found.closed_through) == (None,) * 4
    assert found.figures() == {}
    assert "sp_v2_transactions" in found.row_estimates


def test_watermarks_are_read_with_the_jobs_that_run(databases: Settings) -> None:
    with psycopg.connect(databases.v2_owner_dsn, autocommit=True) as owner:
        owner.execute("TRUNCATE sp_v2_as_of, sp_v2_job_deployments")
        owner.execute("INSERT INTO sp_v2_as_of VALUES (1, %s, %s)", [AT, AT])
        owner.execute("INSERT INTO sp_v2_job_deployments VALUES ('a job', 'hash', 'id of it')")
        try:
            found = read_watermarks(databases)
        finally:
            owner.execute("TRUNCATE sp_v2_as_of, sp_v2_job_deployments")
    assert (found.as_of, found.flink_job_ids) == (AT, {"a job": "id of it"})


def test_figures_are_ages_and_delays_in_seconds() -> None:
    second = dt.timedelta(seconds=1)
    found = Watermarks(AT + 5 * second, AT, AT + second, AT + second, AT + 3 * second, None, {}, {})
    assert found.figures() == {
        "as_of_age_seconds": 5.0,
        "canary_age_seconds": 4.0,
        "kafka_to_v2_seconds": 2.0,
    }


def test_every_captured_table_of_the_core_has_an_activity(databases: Settings) -> None:
    found = read_core_activity(databases)
    assert set(found) == {
        "transactions_to_settle",
        "merchant_data",
        "payment_gateway_response",
        "settlement_canary",
    }
    assert all(one.changes_count >= 0 for one in found.values())
