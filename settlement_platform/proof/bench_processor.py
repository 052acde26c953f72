"""Processor seconds of each program of the local stack, and the machine they were spent on."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psutil

from settlement_platform.config import Settings
from settlement_platform.errors import ProofError

NAME_VARIABLE = "SUPERVISOR_PROCESS_NAME"
"""supervisord puts the name of a program into its environment."""

Reading = dict[tuple[str, int], float]
"""(service, its first process) -> processor seconds since that process began."""


@dataclass(frozen=True)
class Usage:
    """One process: seconds of its own, and of its children that have ended."""

    pid: int
    parent: int
    own_seconds: float
    ended_seconds: float


def reading(services: Mapping[int, str], usages: list[Usage]) -> Reading:
    """What each service has used, children included; `services` names first processes by pid.

    A service's process may lie within another's tree: it is then counted for itself alone.
    """
    parents = {usage.pid: usage.parent for usage in usages}
    found: Reading = {}
    for usage in usages:
        pid = usage.pid
        while pid not in services and pid in parents:
            pid = parents[pid]
        if pid in services:
            key = (services[pid], pid)
            found[key] = found.get(key, 0.0) + usage.own_seconds + usage.ended_seconds
    return found


def spent(before: Reading, after: Reading) -> dict[str, float]:
    """Seconds between two readings; a service that was started anew counts from nothing."""
    seconds: Counter[str] = Counter()
    for (service, pid), total in after.items():
        seconds[service] += total - before.get((service, pid), 0.0)  # type: ignore[assignment]
    return dict(sorted(seconds.items()))


def _tree(pid: int) -> Iterator[Usage]:
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in processes:
        try:
            times = process.cpu_times()
            yield Usage(
                process.pid,
                process.ppid(),
                times.user + times.system,
                times.children_user + times.children_system,
            )
        except psutil.NoSuchProcess:
            continue


class ProcessorMeter:
    """Reads the programs of one home, and processes that are named besides."""

    def __init__(self, settings: Settings) -> None:
        """Raises ProofError when no stack runs under this home."""
        self._besides: dict[int, str] = {os.getpid(): "bench"}
        try:
            pid = int((settings.state_dir / "run" / "supervisord.pid").read_text())
            self._supervisor = psutil.Process(pid)
        except (OSError, ValueError, psutil.NoSuchProcess) as error:
            raise ProofError(
                f"no stack runs under {settings.state_dir}", "run 'settlement up'"
            ) from error

    def name(self, pid: int, service: str) -> None:
        """Count a process and its children under this name from now on."""
        self._besides[pid] = service

    def _services(self) -> dict[int, str]:
        named = {}
        for process in self._supervisor.children():
            try:
                named[process.pid] = process.environ().get(NAME_VARIABLE, "other")
            except psutil.NoSuchProcess:
                continue
        return named | self._besides

    def read(self) -> Reading:
        """Processor seconds of every program until now."""
        usages = {
            usage.pid: usage
            for root in (self._supervisor.pid, *self._besides)
            for usage in _tree(root)
        }
        return reading(self._services(), list(usages.values()))

    def pid(self, service: str) -> int | None:
        """The first process of a service."""
        return next((pid for pid, name in self._services().items() if name == service), None)


def thread_seconds(pid: int) -> dict[int, float]:
    """Thread -> processor seconds, of the threads that a process has now."""
    return {
        thread.id: thread.user_time + thread.system_time for thread in psutil.Process(pid).threads()
    }


def spent_by_new(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """Processor seconds of the threads that came in between: those of a job that was begun then."""
    return sum(seconds for thread, seconds in after.items() if thread not in before)


@dataclass(frozen=True)
class Machine:
    """The machine as a benchmark found it."""

    cores: int
    memory_bytes: int
    load_average_1m: float

    def to_json(self, after: Machine) -> dict[str, object]:
        """The machine with its load before and after."""
        return {
            "cores": self.cores,
            "memory_bytes": self.memory_bytes,
            "load_average_1m": {
                "before": round(self.load_average_1m, 2),
                "after": round(after.load_average_1m, 2),
            },
        }


def machine() -> Machine:
    """The machine as it is now."""
    return Machine(len(os.sched_getaffinity(0)), psutil.virtual_memory().total, os.getloadavg()[0])
