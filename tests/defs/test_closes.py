"""Closing through Dagster: runs on a real V2, what they record, and what the sensor asks for."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import dagster as dg
import psycopg
import pytest
from pydantic import SecretStr

from settlement_platform.closing.days import DayRange, end_of, last_ended
from settlement_platform.config import Settings
from settlement_platform.definitions import defs
from settlement_platform.defs import closes, closing
from settlement_platform.defs.alarms import Alarms
from settlement_platform.defs.checks import Verdict
from settlement_platform.defs.closes import CLOSES, MART
from settlement_platform.defs.closing import Remembered, days_to_close
from settlement_platform.defs.reporting import evaluation
from settlement_platform.defs.resources import V2Database
from settlement_platform.monitoring.checks import fails, holds

LAST = last_ended(dt.datetime.now(dt.UTC))
FIRST = LAST - dt.timedelta(days=4)
DAYS = DayRange(FIRST, LAST)
NOW_SECONDS = dt.datetime.now(dt.UTC).timestamp()
TABLES = (
    "sp_v2_transactions, sp_v2_transaction_history, sp_v2_realtime_aggregates, sp_v2_as_of, "
    "sp_v2_daily_closes, sp_v2_daily_close_history, sp_v2_day_closings, sp_v2_mart_merchant_days"
)
PAYMENT = """
INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise, payment_method,
  transaction_date, source_type, status, created_at, captured_at, reconciled_at, source_lsn,
  gateway_lsn, source_committed_at)
VALUES (%(day)s, 'M1', 100, 'UPI', %(day)s, 'SABPAISA_STREAM', 'RECONCILED', %(at)s, %(at)s, %(at)s,
  10, 0, %(at)s)
"""
BUCKET = """
INSERT INTO sp_v2_realtime_aggregates VALUES ('DAY', %(at)s, %(day)s, 'M1', 'UPI',
  'SABPAISA_STREAM', 1, 100, 1, 100, 1, 100, 0, 0, 0, 0, 10, 1, %(at)s)
"""
Tick = Callable[..., dg.SensorResult]
Listening = Callable[..., AbstractContextManager[tuple[int, list[dict[str, Any]]]]]


class Stage:
    """A V2 with one payment on each of some days, and Dagster's definitions over it."""

    def __init__(
        self,
        settings: Settings,
        owner: psycopg.Connection[tuple[object, ...]],
        instance: dg.DagsterInstance,
        tick: Tick,
    ) -> None:
        self.settings, self.owner, self.instance = settings, owner, instance
        self.tick = tick

    @property
    def v2(self) -> V2Database:
        """The resource, on this V2."""
        return V2Database(settings=lambda: self.settings)

    def close(self, days: DayRange) -> dg.ExecuteInProcessResult:
        """One run over a range of days."""
        return dg.materialize(
            [closes.daily_closes, closes.merchant_days],
            instance=self.instance,
            resources={"v2": self.v2},
            tags=dict(closing.run_request(days).tags),
            raise_on_error=False,
        )

    def look(self, cursor: str | None = None) -> dg.SensorResult:
        """One tick of the sensor."""
        return self.tick(days_to_close, self.settings, self.instance, cursor)

    def count(self, table: str) -> int:
        """Rows of a table."""
        row = self.owner.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert row is not None
        return int(str(row[0]))


@pytest.fixture
def stage(databases: Settings, tick: Tick) -> Iterator[Stage]:
    """One payment on each day from FIRST to the one before LAST, with its bucket."""
    with (
        psycopg.connect(databases.v2_owner_dsn, autocommit=True) as owner,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        owner.execute(f"TRUNCATE {TABLES}".encode())
        for day in DAYS.days()[:-1]:
            values = {"day": day, "at": end_of(day) - dt.timedelta(hours=5)}
            owner.execute(PAYMENT.encode(), values)
            owner.execute(BUCKET.encode(), values)
        owner.execute("INSERT INTO sp_v2_as_of VALUES (1, now() + interval '1 hour', now())")
        yield Stage(databases, owner, instance, tick)
        owner.execute(f"TRUNCATE {TABLES}".encode())


def told(result: dg.ExecuteInProcessResult, asset: dg.AssetKey) -> dict[str, dict[str, object]]:
    """Partition -> metadata of a run's materializations of an asset."""
    events = [
        e.step_materialization_data.materialization
        for e in result.get_asset_materialization_events()
    ]
    return {
        str(one.partition): {name: value.value for name, value in one.metadata.items()}
        for one in events
        if one.asset_key == asset
    }


def test_a_range_of_days_is_one_run_with_a_materialization_and_figures_a_day(stage: Stage) -> None:
    result = stage.close(DAYS)
    assert result.success
    closed = told(result, CLOSES)
    assert list(closed) == [str(day) for day in DAYS.days()]
    assert {day: one["captured_paise"] for day, one in closed.items()} == {
        str(day): 0 if day == LAST else 100 for day in DAYS.days()
    }
    assert closed[str(FIRST)]["version"] == 1
    assert told(result, MART)[str(FIRST)]["dagster/partition_row_count"] == 1
    assert [check.passed for check in result.get_asset_check_evaluations()] == [True]
    assert (stage.count("sp_v2_daily_closes"), stage.count("sp_v2_mart_merchant_days")) == (4, 4)


def test_closing_again_records_the_difference_and_changes_nothing(stage: Stage) -> None:
    stage.close(DAYS)
    closed = told(stage.close(DAYS), CLOSES)[str(FIRST)]
    assert (closed["version"], closed["changed_rows"]) == (1, 0)
    assert closed["captured_difference_paise"] == 0
    assert stage.count("sp_v2_day_closings") == 5
    assert stage.count("sp_v2_daily_close_history") == 0


def test_a_close_that_does_not_add_up_stops_the_mart(stage: Stage) -> None:
    stage.owner.execute("UPDATE sp_v2_realtime_aggregates SET captured_paise = 99")
    result = stage.close(DAYS)
    assert not result.success
    [check] = result.get_asset_check_evaluations()
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert told(result, MART) == {}
    assert stage.count("sp_v2_mart_merchant_days") == 0


def test_a_day_that_as_of_has_not_passed_fails_the_run_and_says_when(stage: Stage) -> None:
    stage.owner.execute("TRUNCATE sp_v2_as_of")
    stage.owner.execute("INSERT INTO sp_v2_as_of VALUES (1, %s, now())", [end_of(FIRST)])
    result = stage.close(DAYS)
    assert not result.success
    [failure] = [event for event in result.all_events if event.is_step_failure]
    assert f"{LAST} cannot be closed before as_of has passed" in str(
        failure.step_failure_data.error
    )
    assert stage.count("sp_v2_day_closings") == 0


def test_the_sensor_asks_for_what_is_due_once_an_hour(stage: Stage) -> None:
    first = stage.look()
    [asked] = first.run_requests or []
    assert asked.tags == closing.run_request(DayRange(FIRST, DAYS.days()[-2])).tags
    assert not stage.look(first.cursor).run_requests
    hour_ago = Remembered(
        NOW_SECONDS - closing.REQUEST_SECONDS, DayRange(FIRST, DAYS.days()[-2])
    ).to_cursor()
    assert stage.look(hour_ago).run_requests


def test_days_that_come_later_and_never_were_closed_are_not_kept_waiting(stage: Stage) -> None:
    newest = DAYS.days()[-2]
    asked_a_moment_ago = Remembered(NOW_SECONDS - 1, DayRange(newest, newest)).to_cursor()
    found = stage.look(asked_a_moment_ago)
    [asked] = found.run_requests or []
    assert asked.tags == closing.run_request(DayRange(FIRST, newest)).tags
    assert not stage.look(found.cursor).run_requests


def test_the_sensor_asks_for_a_day_whose_numbers_changed_after_its_close(stage: Stage) -> None:
    stage.close(DAYS)
    assert not stage.look().run_requests
    stage.owner.execute(
        "UPDATE sp_v2_transactions SET status = 'SETTLED', settled_at = now(), source_lsn = 20,"
        " source_committed_at = now() WHERE transaction_date = %s",
        [FIRST],
    )
    stage.owner.execute(
        "UPDATE sp_v2_realtime_aggregates SET settled_count = 1, settled_paise = 100,"
        " source_lsn = 20, source_events = 2 WHERE transaction_date = %s",
        [FIRST],
    )
    [asked] = stage.look().run_requests or []
    assert asked.tags == closing.run_request(DayRange(FIRST, FIRST)).tags
    result = stage.close(DayRange(FIRST, FIRST))
    closed = told(result, CLOSES)[str(FIRST)]
    assert (closed["version"], closed["settled_difference_paise"]) == (2, 100)
    assert not stage.look().run_requests


def reported(found: dg.SensorResult) -> dict[str, bool]:
    """The truths that a tick reported, and whether they hold."""
    events = found.asset_events
    return {e.check_name: e.passed for e in events if isinstance(e, dg.AssetCheckEvaluation)}


def test_days_that_are_overdue_turn_their_check_red_once(stage: Stage) -> None:
    first = stage.look()
    assert reported(first) == {"every_day_is_closed": False, "mart_has_every_day": True}
    assert reported(stage.look(first.cursor)) == {}
    stage.close(DAYS)
    assert reported(stage.look(first.cursor)) == {"every_day_is_closed": True}


def report(instance: dg.DagsterInstance, key: dg.AssetCheckKey, cause: str | None) -> None:
    """A truth of a day as a run would have judged it; it holds where there is no cause."""
    check = fails(key.name, cause, "mend it") if cause else holds(key.name, "well")
    instance.report_runless_asset_event(evaluation(Verdict(key.asset_key, check)))


def test_what_runs_say_last_of_the_days_is_what_is_so_of_them(stage: Stage) -> None:
    key = closing.JUDGED_BY_RUNS[1]
    assert closing.judged_by_runs(stage.instance) == []
    for cause in ("2026-01-01: 1 missing", None, "2026-01-02: 1 missing"):
        report(stage.instance, key, cause)
        [verdict] = closing.judged_by_runs(stage.instance)
        assert (verdict.key, verdict.check.ok, verdict.check.cause) == (key, not cause, cause)


def test_days_that_are_wrong_are_told_of_once_and_once_more_when_they_are_right(
    stage: Stage, listening: Listening
) -> None:
    stage.close(DAYS)
    with listening() as (port, letters):
        url = SecretStr(f"json://127.0.0.1:{port}/")
        stage.settings = stage.settings.model_copy(update={"alarm_urls": url})
        stage.owner.execute("UPDATE sp_v2_realtime_aggregates SET captured_paise = 99")
        stage.close(DAYS)
        for key in closing.JUDGED_BY_RUNS[1:]:
            report(stage.instance, key, "2026-01-01: 1 missing")
        cursor = stage.look().cursor
        assert letters == []
        for _ in range(3):
            cursor = stage.look(cursor).cursor
        [begins] = letters
        assert "2026-01-01: 1 missing" in begins["message"]
        stage.owner.execute("UPDATE sp_v2_realtime_aggregates SET captured_paise = 100")
        stage.close(DAYS)
        for key in closing.JUDGED_BY_RUNS[1:]:
            report(stage.instance, key, None)
        for _ in range(3):
            found = stage.look(cursor)
            cursor = found.cursor
        _, over = letters
    for key in closing.JUDGED_BY_RUNS:
        assert f"{key.to_user_string()} begins" in begins["message"]
        assert f"{key.to_user_string()} is over" in over["message"]
    assert Remembered.from_cursor(cursor).alarms == Alarms()


@pytest.mark.parametrize("cursor", [None, "", "[]", '{"reported": 3}'])
def test_a_cursor_that_nobody_can_read_says_nothing(cursor: str | None) -> None:
    assert Remembered.from_cursor(cursor) == Remembered()
    kept = Remembered(5.0, DAYS)
    assert Remembered.from_cursor(kept.to_cursor()) == kept
    assert json.loads(kept.to_cursor())["requested_at_seconds"] == 5.0


def test_the_schedule_closes_the_day_that_ended_at_half_past_midnight_in_kolkata() -> None:
    schedule = defs.resolve_schedule_def("close_yesterday")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 0 * * *", "Asia/Kolkata")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
