"""Truths of the Flink jobs: each runs exactly once, and completes checkpoints."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from settlement_platform.config import Settings
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of
from settlement_platform.streaming.flink_client import FlinkClient, Job
from settlement_platform.streaming.jobs import job_specs

CHECKPOINT_SECONDS = 30.0
UNREACHABLE = "unreachable"
MISSING = "MISSING"


@dataclass(frozen=True)
class JobStatus:
    """A Flink job. `checkpoint_age_seconds` is the time since its newest completed checkpoint was
    begun; None where there is none."""

    name: str
    state: str
    checkpoint_age_seconds: float | None


@dataclass(frozen=True)
class JobReading:
    """A job as Flink knows it, and when its newest completed checkpoint was begun."""

    job: Job
    checkpoint_at_seconds: float | None


def jobs(wanted: list[str], found: list[JobReading] | Unread, now: dt.datetime) -> list[JobStatus]:
    """Every wanted job, however often it runs; then what else is alive on the cluster."""
    if isinstance(found, Unread):
        return [JobStatus(name, UNREACHABLE, None) for name in wanted]
    alive = [reading for reading in found if reading.job.alive]
    names = [*wanted, *sorted({r.job.name for r in alive} - set(wanted))]
    return [status for name in names for status in _copies(name, alive, found, now)]


def _copies(
    name: str, alive: list[JobReading], found: list[JobReading], now: dt.datetime
) -> list[JobStatus]:
    mine = [reading for reading in alive if reading.job.name == name]
    if not mine:
        ended = [reading.job.state for reading in found if reading.job.name == name]
        return [JobStatus(name, ended[0] if ended else MISSING, None)]
    return [
        JobStatus(
            name,
            reading.job.state,
            None
            if reading.checkpoint_at_seconds is None
            else round(now.timestamp() - reading.checkpoint_at_seconds, 3),
        )
        for reading in mine
    ]


def job_checks(wanted: list[str], found: list[JobStatus] | Unread) -> list[Check]:
    """Each job runs exactly once, and completes checkpoints."""
    if isinstance(found, Unread):
        cause = f"Flink does not answer: {found.cause}"
        return [fails("flink_answers", cause, read_logs_of("flink-jobmanager"))]
    return [
        check
        for name in wanted
        for check in _job(name, [status for status in found if status.name == name])
    ]


def job_truths(job: str) -> tuple[str, str]:
    """The names of the checks on a job, in the order in which they look."""
    return f"{job}_runs_once", f"{job}_completes_checkpoints"


def _job(name: str, copies: list[JobStatus]) -> list[Check]:
    runs, checkpoints = job_truths(name)
    if len(copies) > 1:
        cause = f"{len(copies)} copies run at once, and both write"
        remedy = "cancel all but the newest in the Flink UI"
        return [fails(runs, cause, remedy, copies_count=len(copies))]
    if not copies or copies[0].state != "RUNNING":
        state = copies[0].state if copies else MISSING
        remedy = "run 'settlement up'; its exceptions are in the Flink UI"
        return [fails(runs, f"the job is {state}", remedy, state=state)]
    return [holds(runs, "RUNNING", state="RUNNING"), _checkpoint(checkpoints, copies[0])]


def _checkpoint(name: str, job: JobStatus) -> Check:
    age_seconds = job.checkpoint_age_seconds
    if age_seconds is not None and age_seconds <= CHECKPOINT_SECONDS:
        seen = f"the newest is {age_seconds:.1f} s old"
        return holds(name, seen, checkpoint_age_seconds=age_seconds)
    remedy = "see the job's checkpoints in the Flink UI, and 'settlement logs flink-jobmanager'"
    bound = f"no checkpoint in {CHECKPOINT_SECONDS:.0f} s"
    if age_seconds is None:
        return fails(name, f"{bound}: there is none", remedy)
    cause = f"{bound}: the newest is {age_seconds:.0f} s old"
    return fails(name, cause, remedy, checkpoint_age_seconds=age_seconds)


def read_jobs(settings: Settings) -> list[JobReading]:
    """Every job that Flink knows, with its newest completed checkpoint. Raises StreamingError."""
    found = []
    with FlinkClient(settings.flink) as flink:
        for job in flink.jobs():
            checkpoint = flink.checkpoint(job.job_id) if job.alive else None
            at_seconds = None if checkpoint is None else checkpoint.triggered_at_seconds
            found.append(JobReading(job, at_seconds))
    return found


def read_job_statuses(settings: Settings) -> list[JobStatus]:
    """Every job that is wanted or alive, as it is now. Raises StreamingError."""
    return jobs(list(job_specs()), read_jobs(settings), dt.datetime.now(dt.UTC))
