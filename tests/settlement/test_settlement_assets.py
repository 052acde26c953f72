"""The assets of settlement, run by Dagster over a real V2."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg

from settlement_platform.contracts.scalars import business_date
from settlement_platform.definitions import defs
from settlement_platform.defs.resources import Books
from settlement_platform.defs.settlement import BATCHES, CYCLE_DATES, DATES, TRUTHS, batches, dates

TODAY = dt.date(2026, 3, 5)
RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
STATES = "SELECT state, count(*) FROM sp_v2_settlement_batches GROUP BY 1"


def run(books: Any, asset: Any, day: dt.date | None = None) -> dg.ExecuteInProcessResult:
    """One run over the test's V2; its failure is in the result."""
    read = dg.ResourceDefinition.hardcoded_resource(lambda: books.settings)
    return dg.materialize(
        [asset],
        partition_key=str(day) if day else None,
        resources={"books": Books(settings=read)},
        raise_on_error=False,
        selection=[asset],
    )


def told(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str, Any]:
    [event] = result.asset_materializations_for_node(key.to_python_identifier())
    return {name: value.value for name, value in event.metadata.items()}


def complete(books: Any, day: dt.date = TODAY) -> None:
    begins = dt.datetime.combine(day, dt.time(), dt.timezone(dt.timedelta(hours=5, minutes=30)))
    books.run("INSERT INTO sp_v2_as_of VALUES (1, %s, now())", [begins])


def test_a_day_is_settled_checked_and_put_before_its_approvers(books: Any) -> None:
    complete(books)
    for number in range(3):
        books.pay(f"T{number}", 1_000, merchant=f"M{number % 2}")
    result = run(books, batches, TODAY)
    assert result.success
    said = told(result, BATCHES)
    assert said["made_batches_count"] == said["submitted_batches_count"] == 2
    assert said["settled_transactions_count"] == 3
    assert {one.check_name: one.passed for one in result.get_asset_check_evaluations()} == (
        dict.fromkeys(TRUTHS, True)
    )
    assert books.run(STATES) == [("PENDING_APPROVAL", 2)]
    again = run(books, batches, TODAY)
    assert told(again, BATCHES)["made_batches_count"] == 0


def test_a_batch_that_does_not_add_up_is_put_before_nobody(books: Any) -> None:
    complete(books)
    books.pay("T1", 1_000)
    books.settle()
    books.run("UPDATE sp_v2_settlement_batches SET fee_paise = 21, gst_paise = 3")
    books.pay("T2", 1_000, merchant="M2")
    result = run(books, batches, TODAY)
    found = {one.check_name: one for one in result.get_asset_check_evaluations()}
    assert not found["settled_money_is_accounted_for"].passed
    assert found["nothing_stands_in_two_batches"].passed
    assert "2 breaches; the first: GST of a batch = GST: M1 2026-03-05: 3 instead of 4" in str(
        found["settled_money_is_accounted_for"].description
    )
    assert books.run(STATES) == [("CALCULATED", 2)]


def test_a_day_is_not_settled_before_v2_is_complete_up_to_it(books: Any) -> None:
    complete(books, TODAY - dt.timedelta(days=1))
    books.pay("T1", 1_000)
    result = run(books, batches, TODAY)
    assert not result.success
    [failure] = [event for event in result.all_events if event.is_step_failure]
    assert "cannot be settled before V2 is complete" in str(failure.step_failure_data.error)
    assert books.run(STATES) == []


def test_dates_follow_the_calendar(books: Any) -> None:
    books.run(
        """INSERT INTO sp_v2_merchant_terms (merchant_id, source, cycle_days, reserve_bps,
          valid_from_at, why, recorded_by) VALUES ('M1', 'v2', 2, 500, '2026-01-01Z', 'x', 'x')"""
    )
    last = business_date(dt.datetime.now(dt.UTC)) + dt.timedelta(days=60)
    days_count = (last - dt.date(2024, 1, 1)).days + 1
    said = told(run(books, dates), DATES)
    # T+0 to T+7, of each day from the first year with a list of holidays on.
    assert (said["new_dates_count"], said["moved_dates_count"]) == (8 * days_count, 0)
    assert books.run("SELECT count(*) FROM sp_v2_settlement_dates") == [(8 * days_count,)]
    assert told(run(books, dates), DATES)["new_dates_count"] == 0


def test_a_cycle_date_is_settled_on_its_own_morning() -> None:
    schedule = defs.resolve_schedule_def("settle_today")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * *", "Asia/Kolkata")
    morning = dt.datetime(2026, 3, 5, 0, 30, tzinfo=dt.UTC)
    assert CYCLE_DATES.get_partition_keys(morning)[-1] == "2026-03-05"


def test_every_truth_of_settlement_is_explained_in_the_runbook() -> None:
    runbook = RUNBOOK.read_text()
    assert [name for name in TRUTHS if f"`{name}`" not in runbook] == []
