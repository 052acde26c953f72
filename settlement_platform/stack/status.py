"""The whole stack at one moment: every part read side by side, none longer than its bound."""

from __future__ import annotations

import datetime as dt
import time

import psutil
import psycopg

from settlement_platform.config import Settings
from settlement_platform.errors import SettlementError
from settlement_platform.monitoring.bounded import Reading
from settlement_platform.monitoring.capture import connector_states
from settlement_platform.monitoring.streaming import jobs, read_jobs
from settlement_platform.stack.orphans import Orphan, find_orphans, supervisor_pid
from settlement_platform.stack.status_parts import (
    ProcessMemory,
    Status,
    connectors,
    endpoints,
    restarts,
    services,
)
from settlement_platform.stack.supervision import Supervisor
from settlement_platform.streaming.jobs import job_specs

ANSWER_SECONDS = 1.8
CONNECT_TIMEOUT_SECONDS = 2
V2_TIMES = "SELECT (SELECT max(core_at) FROM sp_v2_canary), (SELECT max(as_of) FROM sp_v2_as_of)"


def read_memory() -> dict[int, ProcessMemory]:
    """Every process of this machine that may be seen."""
    return {
        process.pid: ProcessMemory(process.info["ppid"], process.info["memory_info"].rss)
        for process in psutil.process_iter(["ppid", "memory_info"])
        if process.info["memory_info"] is not None
    }


def _read_orphans(settings: Settings) -> list[Orphan]:
    """A supervisor that runs knows its programs: nothing is searched for then."""
    return find_orphans(settings, None) if supervisor_pid(settings) is None else []


def _read_v2(settings: Settings) -> tuple[dt.datetime | None, dt.datetime | None]:
    with psycopg.connect(settings.v2_dsn, connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
        row = connection.execute(V2_TIMES).fetchone()
        assert row is not None
        return row[0], row[1]


def read_restarts(settings: Settings) -> dict[str, int]:
    """Program -> restarts in the newest run of supervisord, as far as its log goes back."""
    log = settings.state_dir / "logs" / "supervisord.log"
    rotated = [path for path in (log.with_name(f"{log.name}.1"), log) if path.exists()]
    return restarts("".join(path.read_text(errors="replace") for path in rotated))


def _wanted_jobs() -> list[str]:
    try:
        return list(job_specs())
    except SettlementError:
        return []


def status(settings: Settings) -> Status:
    """Read every part at once. A part that is away or hangs costs its own line, nothing else."""
    deadline = time.monotonic() + ANSWER_SECONDS
    processes = Reading(Supervisor(settings).processes)
    left_behind = Reading(lambda: _read_orphans(settings))
    memory = Reading(read_memory)
    restarted = Reading(lambda: read_restarts(settings))
    states = Reading(lambda: connector_states(settings))
    flink_jobs = Reading(lambda: read_jobs(settings))
    v2 = Reading(lambda: _read_v2(settings))
    core_at, as_of = v2.by(deadline, (None, None))
    found_states, found_jobs = states.by(deadline), flink_jobs.by(deadline)
    now = dt.datetime.now(dt.UTC)
    return Status(
        services(
            settings,
            processes.by(deadline, []),
            left_behind.by(deadline, []),
            memory.by(deadline, {}),
            restarted.by(deadline, {}),
        ),
        endpoints(settings),
        connectors(found_states, core_at, now),
        jobs(_wanted_jobs(), found_jobs, now),
        as_of,
    )
