"""The states of Flink jobs, from what the cluster says."""

from __future__ import annotations

import datetime as dt

from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.streaming import (
    JobReading,
    JobStatus,
    jobs,
    restart_causes,
)
from settlement_platform.streaming.flink_client import Failure, Job

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_jobs_that_run_twice_that_are_missing_and_that_nobody_wants_are_all_told() -> None:
    begun = NOW.timestamp()
    found = [
        JobReading(Job("1", "twice", "RUNNING", begun), NOW.timestamp() - 2),
        JobReading(Job("2", "twice", "RESTARTING", begun), None),
        JobReading(Job("3", "ended", "FAILED", begun), None),
        JobReading(Job("4", "stranger", "RUNNING", begun), None),
        JobReading(Job("5", "old", "CANCELED", begun), None),
    ]
    assert jobs(["twice", "ended", "absent"], found, NOW) == [
        JobStatus("twice", "RUNNING", 2.0),
        JobStatus("twice", "RESTARTING", None),
        JobStatus("ended", "FAILED", None),
        JobStatus("absent", "MISSING", None),
        JobStatus("stranger", "RUNNING", None),
    ]


def test_jobs_of_a_flink_that_is_away_are_unreachable() -> None:
    assert jobs(["one"], Unread("refused"), NOW) == [JobStatus("one", "unreachable", None)]


def test_restarts_count_for_a_minute_and_not_once_the_job_has_come_back() -> None:
    now = NOW.timestamp()
    failures = [Failure(now - age, f"{age} s ago") for age in (5, 30, 70)]
    assert restart_causes(failures, now) == ("5 s ago", "30 s ago")
    assert restart_causes(failures, now + 11) == ()
    assert restart_causes([], now) == ()
