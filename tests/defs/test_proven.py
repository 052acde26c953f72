"""Days that are proven: a range is one run with figures for each date; yesterday comes due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import dagster as dg
import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.defs import proven
from settlement_platform.defs.proven import (
    CHECK,
    CLOSED_DAYS_CHECKED,
    PROVEN_DAY,
    business_days,
    closed_days,
    differences_of,
    today,
)
from settlement_platform.defs.resources import Days
from settlement_platform.repair.plan import DayPlan

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@pytest.fixture
def v2_is_complete(databases: Settings) -> Iterator[Settings]:
    """Both databases are empty, and V2 says that it is complete for an hour to come."""
    with psycopg.connect(databases.v2_owner_dsn, autocommit=True) as v2:
        v2.execute("INSERT INTO sp_v2_as_of VALUES (1, now() + interval '1 hour', now())")
        yield databases
        v2.execute("DELETE FROM sp_v2_as_of")


def job(settings: Settings) -> dg.JobDefinition:
    """The proven days and their check, over these databases."""
    return dg.Definitions(
        assets=[proven.proven_day],
        asset_checks=[proven.closed_days_equal_the_core],
        resources={"days": Days(settings=lambda: settings)},
    ).resolve_implicit_global_asset_job_def()


def test_the_open_day_and_those_before_are_partitions() -> None:
    keys = business_days.get_partition_keys()
    assert keys[-1] == today().isoformat()
    assert len(keys) == proven.DAYS_KEPT + 1


def test_closed_days_end_before_the_open_one() -> None:
    days = closed_days(dt.date(2026, 1, 2))
    assert len(days) == CLOSED_DAYS_CHECKED
    assert days[-1] == dt.date(2026, 1, 1)


def test_a_range_is_one_run_with_figures_for_each_date(v2_is_complete: Settings) -> None:
    first, last = (today() - dt.timedelta(days=n) for n in (2, 1))
    done = job(v2_is_complete).execute_in_process(
        tags={RANGE_START: str(first), RANGE_END: str(last)}
    )
    assert done.success
    found = {
        m.partition: m.metadata for m in done.asset_materializations_for_node("v2__proven_day")
    }
    assert found.keys() == {str(first), str(last)}
    for metadata in found.values():
        assert metadata["rows_compared"].value == 0
        assert metadata["proof"].value == "0 missing, 0 extra, 0 different"


def test_the_check_names_the_dates_that_differ_and_changes_nothing(
    v2_is_complete: Settings,
) -> None:
    yesterday = today() - dt.timedelta(days=1)
    with psycopg.connect(v2_is_complete.v2_owner_dsn, autocommit=True) as v2:
        v2.execute(
            "INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise,"
            " payment_method, transaction_date, source_type, status, created_at, source_lsn,"
            " gateway_lsn, source_committed_at) VALUES ('GHOST', 'm1', 1, 'UPI', %s,"
            " 'SABPAISA_STREAM', 'PENDING', now(), 1, 0, now())",
            (yesterday,),
        )
        checked = job(v2_is_complete).get_subset(
            asset_selection=set(), asset_check_selection={dg.AssetCheckKey(PROVEN_DAY, CHECK)}
        )
        result = checked.execute_in_process()
        (evaluation,) = result.get_asset_check_evaluations()
        there = v2.execute("SELECT deleted_at FROM sp_v2_transactions").fetchall()
        v2.execute("DELETE FROM sp_v2_transactions")
    assert not evaluation.passed
    assert evaluation.metadata["dates_that_differ"].value == str(yesterday)
    assert there == [(None,)]


def test_yesterday_comes_due_after_midnight_of_the_business_clock() -> None:
    at = dt.datetime(2026, 1, 1, 19, 10, tzinfo=dt.UTC)  # 00:40 on the second
    with dg.build_schedule_context(scheduled_execution_time=at) as context:
        asked = proven.prove_yesterday(context)
    assert isinstance(asked, dg.RunRequest)
    assert (asked.run_key, asked.partition_key) == ("2026-01-01", "2026-01-01")
    assert proven.prove_yesterday.default_status is dg.DefaultScheduleStatus.RUNNING


def test_a_difference_is_told_with_its_date() -> None:
    day = DayPlan(dt.date(2026, 1, 1), missing={"a"}, ghosts={"b", "c"})
    assert differences_of(day) == ("2026-01-01: 1 missing, 2 extra, 0 different, 0 buckets wrong")
