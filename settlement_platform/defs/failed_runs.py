"""Runs that failed, as letters.

Not a run failure sensor: that one goes on to the next run whether or not its letter was taken.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import dagster as dg

from settlement_platform.config import Settings
from settlement_platform.monitoring.alarms import Letter

OVERLAP_SECONDS = 60.0
"""A run's end is dated a moment before others can see it."""
MOST_RUNS = 20
WILL_RETRY = "dagster/will_retry"
FAILURES = (dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE)


def new_failures(
    instance: dg.DagsterInstance, since_seconds: float, told: Collection[str]
) -> tuple[list[dg.DagsterRun], tuple[str, ...]]:
    """Runs that failed since then and are not retried; and all of them, to be told only once."""
    at = dt.datetime.fromtimestamp(since_seconds - OVERLAP_SECONDS, dt.UTC)
    wanted = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=at)
    runs = [record.dagster_run for record in instance.get_run_records(wanted, limit=MOST_RUNS)]
    new = [run for run in reversed(runs) if run.run_id not in told and not _is_retried(run)]
    return new, tuple(run.run_id for run in runs)


def _is_retried(run: dg.DagsterRun) -> bool:
    return run.tags.get(WILL_RETRY) == "true"


def letter(instance: dg.DagsterInstance, run: dg.DagsterRun, settings: Settings) -> Letter:
    """What failed, of what, and why."""
    assets = ", ".join(sorted(key.to_user_string() for key in run.asset_selection or ()))
    partition = run.tags.get("dagster/partition")
    lines = [
        *([f"assets: {assets}"] if assets else []),
        *([f"partition: {partition}"] if partition else []),
        f"cause: {_cause(instance, run)}",
        f"see: {settings.dagster}/runs/{run.run_id}",
    ]
    return Letter(f"ALARM: a run of {run.job_name} failed", "\n".join(lines), "failure")


def _cause(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """The first line of what the first step that failed raised."""
    for event_type in FAILURES:
        for entry in instance.all_logs(run.run_id, of_type=event_type):
            event = entry.dagster_event
            data = event.event_specific_data if event else None
            error = getattr(data, "error", None)
            if error is None:
                if event and event.message:
                    return event.message.splitlines()[0]
                continue
            raised = error.cause or error  # Dagster wraps what a step raises
            return str(raised.message).strip().splitlines()[0]
    return "it left no error: read its log"
