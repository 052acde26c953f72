"""What `settlement status` says of each part, put together from what was read. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import asdict, dataclass
from typing import Any

from settlement_platform.capture.connectors import CONNECTORS, CORE_CONNECTOR
from settlement_platform.config import PORT_OFFSETS, Settings
from settlement_platform.errors import SettlementError
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.streaming import UNREACHABLE, JobStatus
from settlement_platform.stack.orphans import Orphan

SERVICES: dict[str, str | None] = {
    "core-postgres": "core-postgres",
    "v2-postgres": "v2-postgres",
    "zookeeper": "zookeeper",
    "kafka": "kafka",
    "connect": "connect",
    "flink-jobmanager": "flink-jobmanager",
    "flink-taskmanager": "flink-taskmanager-data",
    "flink-sql-gateway": "flink-sql-gateway",
    "core-consumer": None,
    "keeper": None,
    "api": "api",
    "dagster-postgres": "dagster-postgres",
    "dagster-code": "dagster-code",
    "dagster-webserver": "dagster-webserver",
    "dagster-daemon": None,
}
"""Every program of the stack in flow order, with the name of its port."""


@dataclass(frozen=True)
class ServiceStatus:
    """One program.

    `state` is supervisord's word in lower case, or `orphaned` for one that outlived its supervisor.
    `rss_bytes` is its resident memory with that of every process below it; pages that processes
    share count in each. `restarts`: how often its supervisor started it after the first time.
    """

    name: str
    state: str
    pid: int | None
    port: int | None
    rss_bytes: int
    restarts: int


@dataclass(frozen=True)
class ConnectorStatus:
    """A connector. `lag_seconds` is the age of the newest change known to have crossed the chain:
    now less the core's time of the newest canary in V2; None where V2 cannot tell, and for the
    connectors on V2, which no canary crosses."""

    name: str
    state: str
    lag_seconds: float | None


@dataclass(frozen=True)
class Status:
    """The whole stack at one moment. Endpoints that need a secret are None before there is one."""

    services: list[ServiceStatus]
    endpoints: dict[str, str | None]
    connectors: list[ConnectorStatus]
    jobs: list[JobStatus]
    as_of: dt.datetime | None

    def to_json(self) -> dict[str, Any]:
        """The object that `settlement status --json` prints."""
        found = asdict(self)
        for job in found["jobs"]:
            del job["health"]  # the checks tell it
        as_of = None if self.as_of is None else self.as_of.astimezone(dt.UTC)
        found["as_of"] = None if as_of is None else as_of.isoformat().replace("+00:00", "Z")
        return found


@dataclass(frozen=True)
class ProcessMemory:
    """One process of this machine: whose child it is, and its resident memory."""

    parent_pid: int
    rss_bytes: int


def restarts(log: str) -> dict[str, int]:
    """Program -> how often it was spawned after the first time, from supervisord's log.

    Only the newest run of supervisord counts.
    """
    newest = log[max(log.rfind("supervisord started with pid"), 0) :]
    counts: dict[str, int] = {}
    for name in re.findall(r"spawned: '([^']+)' with pid", newest):
        counts[name] = counts.get(name, -1) + 1
    return counts


def memory_of(pid: int, processes: dict[int, ProcessMemory]) -> int:
    """Resident bytes of a process and of all that descend from it."""
    children: dict[int, list[int]] = {}
    for child, about in processes.items():
        children.setdefault(about.parent_pid, []).append(child)
    total, waiting, seen = 0, [pid], set()
    while waiting:
        current = waiting.pop()
        if current in processes and current not in seen:
            seen.add(current)
            total += processes[current].rss_bytes
            waiting += children.get(current, [])
    return total


def services(
    settings: Settings,
    known: list[dict[str, Any]],
    left_behind: list[Orphan],
    memory: dict[int, ProcessMemory],
    restarted: dict[str, int],
) -> list[ServiceStatus]:
    """Every program in flow order, whether supervisord knows it or not; then those it adds."""
    by_name = {about["name"]: about for about in known}
    orphaned = {orphan.name: orphan.pid for orphan in left_behind}
    found = []
    for name in [*SERVICES, *(name for name in by_name if name not in SERVICES)]:
        about = by_name.get(name, {"statename": "STOPPED", "pid": 0})
        state, pid = about["statename"].lower(), about["pid"] or None
        if pid is None and name in orphaned:
            state, pid = "orphaned", orphaned[name]
        port_name = SERVICES.get(name, name)
        port = settings.port(port_name) if port_name in PORT_OFFSETS else None
        rss_bytes = memory_of(pid, memory) if pid else 0
        found.append(ServiceStatus(name, state, pid, port, rss_bytes, restarted.get(name, 0)))
    return found


def connectors(
    states: dict[str, str] | Unread, core_at: dt.datetime | None, now: dt.datetime
) -> list[ConnectorStatus]:
    """Every connector that is declared. `states`: connector -> one word for it and its task."""
    lag_seconds = None if core_at is None else round((now - core_at).total_seconds(), 3)
    words = {} if isinstance(states, Unread) else states
    return [
        ConnectorStatus(
            name, words.get(name, UNREACHABLE), lag_seconds if name == CORE_CONNECTOR else None
        )
        for name in CONNECTORS
    ]


def endpoints(settings: Settings) -> dict[str, str | None]:
    """Where everything is."""

    def known(dsn: str) -> str | None:
        try:
            return str(getattr(settings, dsn))
        except SettlementError:
            return None

    return {
        **{name: known(name) for name in ("core_dsn", "v2_dsn", "v2_owner_dsn")},
        "kafka": settings.kafka,
        "connect": settings.connect,
        "flink": settings.flink,
        "sql_gateway": settings.sql_gateway,
        "api": settings.api,
        "dashboard": f"{settings.api}/",
        "dagster": settings.dagster,
    }
