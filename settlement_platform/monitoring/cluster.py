"""Truths of what the Flink jobs need beside themselves: ZooKeeper, a TaskManager, the gateway."""

from __future__ import annotations

import socket

from settlement_platform.config import LOOPBACK, Settings
from settlement_platform.errors import StreamingError
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.gateway_client import GatewayClient

TIMEOUT_SECONDS = 3.0


def zookeeper_check(version: str | Unread) -> list[Check]:
    """ZooKeeper answers: without it the JobManager leads nothing. Pure."""
    name = "zookeeper_answers"
    if isinstance(version, Unread):
        cause = f"ZooKeeper does not answer: {version.cause}"
        return [fails(name, cause, read_logs_of("zookeeper"))]
    return [holds(name, version)]


def taskmanager_check(count: int | Unread) -> list[Check]:
    """A TaskManager has registered. Pure."""
    name, remedy = "a_taskmanager_has_registered", read_logs_of("flink-taskmanager")
    if isinstance(count, Unread):
        cause = f"Flink does not answer: {count.cause}"
        return [fails(name, cause, read_logs_of("flink-jobmanager"))]
    if count < 1:
        return [fails(name, "no TaskManager has registered", remedy, taskmanagers_count=count)]
    return [holds(name, f"{count} registered", taskmanagers_count=count)]


def gateway_check(version: str | Unread) -> list[Check]:
    """The SQL gateway answers: what runs does not need it, a new or changed job does. Pure."""
    name = "sql_gateway_answers"
    if isinstance(version, Unread):
        cause = f"the SQL gateway does not answer: {version.cause}; no job can be deployed"
        return [fails(name, cause, read_logs_of("flink-sql-gateway"), "warning")]
    return [holds(name, version)]


def read_zookeeper(settings: Settings) -> str:
    """The first line of what ZooKeeper says of itself. Raises OSError or StreamingError."""
    address = (LOOPBACK, settings.port("zookeeper"))
    with socket.create_connection(address, TIMEOUT_SECONDS) as asked:
        asked.sendall(b"srvr")
        said = asked.recv(1024).decode(errors="replace")
    if not said.startswith("Zookeeper version"):
        raise StreamingError(f"it says {said[:80]!r}", read_logs_of("zookeeper"))
    return said.partition(",")[0]


def read_taskmanagers(settings: Settings) -> int:
    """How many TaskManagers have registered. Raises StreamingError."""
    with FlinkClient(settings.flink, patience_seconds=0) as flink:
        return int(flink.overview()["taskmanagers"])


def read_gateway(settings: Settings) -> str:
    """The SQL gateway's version. Raises StreamingError."""
    with GatewayClient(settings.sql_gateway, 0, TIMEOUT_SECONDS) as gateway:
        return gateway.version()
