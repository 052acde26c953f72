"""Truths of the Flink jobs: each runs exactly once, stays up, and completes checkpoints."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

from settlement_platform.config import Settings
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of
from settlement_platform.streaming.flink_client import Failure, FlinkClient, Job
from settlement_platform.streaming.jobs import job_specs

CHECKPOINT_SECONDS = 15.0
"""How old the newest checkpoint may be: one begins every 3 s."""
GRAVE_CHECKPOINT_SECONDS = 30.0
"""From here on as_of is late for those who look at its numbers."""
FAILED_IN_A_ROW = 3
SLOW_SECONDS = 10.0
LARGE_BYTES = 4 * 2**30
LOOP_SECONDS = 60.0
LOOP_RESTARTS = 3
"""A job that was restarted so often in that time does not run, whatever its state says."""
QUIET_SECONDS = 15.0
"""Unless it has run for so long since: what took several tries has come back."""
UNREACHABLE = "unreachable"
MISSING = "MISSING"


@dataclass(frozen=True)
class JobHealth:
    """What a job's checkpoints cost, how many of them failed since the last that did not, and why
    it was restarted in the last minute, newest first (the newest three; none once it is quiet).
    `age_seconds`: since its JobManager took it up, anew when another leads."""

    age_seconds: float = 0.0
    state_bytes: int = 0
    took_seconds: float = 0.0
    failed_in_a_row: int = 0
    restart_causes: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobStatus:
    """A Flink job. `checkpoint_age_seconds` is the time since its newest completed checkpoint was
    begun; None where there is none since its JobManager took it up."""

    name: str
    state: str
    checkpoint_age_seconds: float | None
    health: JobHealth = JobHealth()


@dataclass(frozen=True)
class JobReading:
    """A job as Flink knows it, and when its newest completed checkpoint was begun."""

    job: Job
    checkpoint_at_seconds: float | None
    health: JobHealth = JobHealth()


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
            reading.health,
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


def job_truths(job: str) -> tuple[str, str, str, str]:
    """The names of the checks on a job, in the order in which they look."""
    return (
        f"{job}_runs_once",
        f"{job}_is_not_restarted_in_a_loop",
        f"{job}_completes_checkpoints",
        f"{job}_has_light_checkpoints",
    )


def _job(name: str, copies: list[JobStatus]) -> list[Check]:
    runs, stays_up, checkpoints, light = job_truths(name)
    if len(copies) > 1:
        cause = f"{len(copies)} copies run at once, and both write"
        remedy = "cancel all but the newest in the Flink UI"
        return [fails(runs, cause, remedy, copies_count=len(copies))]
    if not copies or copies[0].state != "RUNNING":
        state = copies[0].state if copies else MISSING
        remedy = "run 'settlement up'; its exceptions are in the Flink UI"
        causes = copies[0].health.restart_causes if copies else ()
        cause = "; ".join((f"the job is {state}", *causes[:1]))
        return [fails(runs, cause, remedy, state=state)]
    [job] = copies
    return [
        holds(runs, "RUNNING", state="RUNNING"),
        _restarts(stays_up, job.health),
        _checkpoint(checkpoints, job),
        _weight(light, job.health),
    ]


def _restarts(name: str, health: JobHealth) -> Check:
    count = len(health.restart_causes)
    if count >= LOOP_RESTARTS:
        cause = f"{count} times and more in a minute; the newest cause: {health.restart_causes[0]}"
        remedy = "its exceptions are in the Flink UI; a job that cannot go on needs what it says"
        return fails(name, cause, remedy, restarts_count=count)
    return holds(name, f"{count} restarts in the last minute", restarts_count=count)


def _weight(name: str, health: JobHealth) -> Check:
    mib = health.state_bytes / 2**20
    seen = f"{mib:,.1f} MiB in {health.took_seconds:.1f} s"
    measured = {"state_bytes": health.state_bytes, "checkpoint_seconds": health.took_seconds}
    if health.state_bytes > LARGE_BYTES or health.took_seconds > SLOW_SECONDS:
        bounds = f"{LARGE_BYTES // 2**20:,} MiB and {SLOW_SECONDS:.0f} s are allowed"
        remedy = "see the job's checkpoints and backpressure in the Flink UI, and the disk's space"
        return fails(name, f"{seen}; {bounds}", remedy, "warning", **measured)
    return holds(name, seen, **measured)


def _checkpoint(name: str, job: JobStatus) -> Check:
    age_seconds, failed = job.checkpoint_age_seconds, job.health.failed_in_a_row
    remedy = "see the job's checkpoints in the Flink UI, and 'settlement logs flink-jobmanager'"
    bound = f"no checkpoint in {CHECKPOINT_SECONDS:.0f} s"
    if age_seconds is None and job.health.age_seconds <= CHECKPOINT_SECONDS:
        return holds(name, f"begun {job.health.age_seconds:.1f} s ago, its first is to come")
    if age_seconds is None:
        return fails(name, f"{bound}: there is none", remedy, failed_in_a_row_count=failed)
    measured = {"checkpoint_age_seconds": age_seconds, "failed_in_a_row_count": failed}
    seen = f"the newest is {age_seconds:.1f} s old"
    if age_seconds > CHECKPOINT_SECONDS:
        is_grave = age_seconds > GRAVE_CHECKPOINT_SECONDS
        cause = f"{bound}: the newest is {age_seconds:.0f} s old"
        return fails(name, cause, remedy, "error" if is_grave else "warning", **measured)
    if failed >= FAILED_IN_A_ROW:
        return fails(name, f"the newest {failed} failed; {seen}", remedy, **measured)
    return holds(name, seen, **measured)


def read_jobs(settings: Settings) -> list[JobReading]:
    """Every job that Flink knows, with its newest completed checkpoint. Raises StreamingError."""
    found = []
    with FlinkClient(settings.flink, patience_seconds=0) as flink:
        for job in flink.jobs():
            newest = flink.checkpoints(job.job_id).newest if job.alive else None
            found.append(JobReading(job, newest.triggered_at_seconds if newest else None))
    return found


def read_health(settings: Settings) -> list[JobReading]:
    """The same, with what checkpoints cost and why jobs were restarted. Raises StreamingError."""
    with FlinkClient(settings.flink, patience_seconds=0) as flink:
        return [_watched(flink, job) for job in flink.jobs()]


def restart_causes(failures: list[Failure], now_seconds: float) -> tuple[str, ...]:
    """Why a job was restarted in the last minute, newest first; none once it is quiet. Pure."""
    if not failures or failures[0].at_seconds < now_seconds - QUIET_SECONDS:
        return ()
    since = now_seconds - LOOP_SECONDS
    return tuple(failure.cause for failure in failures if failure.at_seconds > since)


def _watched(flink: FlinkClient, job: Job) -> JobReading:
    if not job.alive:
        return JobReading(job, None)
    checkpoints, failures = flink.checkpoints(job.job_id), flink.failures(job.job_id, LOOP_RESTARTS)
    newest, now_seconds = checkpoints.newest, time.time()
    health = JobHealth(
        now_seconds - job.began_at_seconds,
        0 if newest is None else newest.state_bytes,
        0.0 if newest is None else newest.took_seconds,
        checkpoints.failed_in_a_row,
        restart_causes(failures, now_seconds),
    )
    return JobReading(job, newest.triggered_at_seconds if newest else None, health)


def read_job_statuses(settings: Settings) -> list[JobStatus]:
    """Every job that is wanted or alive, as it is now. Raises StreamingError."""
    return jobs(list(job_specs()), read_health(settings), dt.datetime.now(dt.UTC))
