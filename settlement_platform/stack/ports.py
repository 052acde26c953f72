"""Who holds the ports of the stack."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

from settlement_platform.config import LOOPBACK, PORT_OFFSETS, Settings
from settlement_platform.errors import StackError


@dataclass(frozen=True)
class Holder:
    """The process that listens on a port; None where this account may not see it."""

    pid: int | None
    name: str | None


@dataclass(frozen=True)
class TakenPort:
    """A port of the stack in a stranger's hands."""

    service: str
    port: int
    holder: Holder

    def __str__(self) -> str:
        known = self.holder.pid is not None
        by = f" by {self.holder.name} (pid {self.holder.pid})" if known else ""
        return f"port {self.port} ({self.service}) is taken{by}"


def taken(
    wanted: dict[str, int], busy: set[int], holders: dict[int, Holder], ours: set[int]
) -> list[TakenPort]:
    """The wanted ports that are busy and not in our own hands. Pure."""
    unknown = Holder(None, None)
    return [
        TakenPort(service, port, holders.get(port, unknown))
        for service, port in wanted.items()
        if port in busy and holders.get(port, unknown).pid not in ours
    ]


def _is_busy(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def _holders() -> dict[int, Holder]:
    found = {}
    for connection in psutil.net_connections("tcp"):
        if connection.status != psutil.CONN_LISTEN:
            continue
        name = None
        if connection.pid is not None:
            try:
                name = psutil.Process(connection.pid).name()
            except psutil.Error:
                continue
        found[connection.laddr.port] = Holder(connection.pid, name)
    return found


def families(pids: Iterable[int]) -> set[int]:
    """Processes and all that descend from them."""
    found = set()
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            found |= {pid, *(child.pid for child in process.children(recursive=True))}
    return found


def taken_ports(settings: Settings, ours: set[int]) -> list[TakenPort]:
    """The ports of the stack that belong to somebody else than the processes named."""
    wanted = {name: settings.port(name) for name in PORT_OFFSETS}
    busy = {port for port in wanted.values() if _is_busy(port)}
    if not busy:
        return []
    try:
        holders = _holders()
    except psutil.AccessDenied:
        # macOS shows sockets to root alone: with a stack that runs they are taken for its own.
        return [] if ours else taken(wanted, busy, {}, ours)
    return taken(wanted, busy, holders, ours)


def check_ports(settings: Settings, ours: set[int]) -> None:
    """Raises StackError when ports of the stack belong to somebody else."""
    found = taken_ports(settings, ours)
    if found:
        raise StackError(
            "; ".join(str(port) for port in found),
            "stop that process, or set SETTLEMENT_PORT_BASE to move all ports",
        )
