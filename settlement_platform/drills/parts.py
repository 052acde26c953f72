"""Each process of the data plane killed, or frozen so that it is there and does nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil

from settlement_platform.config import Settings
from settlement_platform.drills.scene import Scene
from settlement_platform.errors import DrillError
from settlement_platform.stack.supervision import Supervisor
from settlement_platform.stack.waiting import await_flow

FROZEN: dict[str, tuple[str, str]] = {
    "core-postgres": ("core_answers", "the core database does not answer"),
    "connect": ("connector_runs", "Kafka Connect does not answer"),
    "kafka": ("kafka_answers", "Kafka does not answer"),
    "flink-taskmanager": ("canary_passes_every_hop", "Kafka → Flink → V2"),
    "flink-jobmanager": ("flink_answers", "Flink does not answer"),
    "v2-postgres": ("v2_answers", "V2 does not answer"),
    "zookeeper": ("zookeeper_answers", "ZooKeeper does not answer"),
    "flink-sql-gateway": ("sql_gateway_answers", "SQL gateway does not answer"),
}
"""Part -> the check that names it while it is frozen, and the cause that the check gives."""
PARTS = tuple(FROZEN)


def pid_of(settings: Settings, name: str) -> int:
    """The process of a program. Raises DrillError while it has none."""
    found = {p["name"]: p["pid"] for p in Supervisor(settings).processes()}
    if not found.get(name):
        raise DrillError(f"{name} does not run", "run 'settlement up'")
    return int(found[name])


def family(settings: Settings, name: str) -> list[psutil.Process]:
    """A program's processes, the first before those that it started."""
    first = psutil.Process(pid_of(settings, name))
    return [first, *first.children(recursive=True)]


@contextmanager
def frozen(settings: Settings, name: str) -> Iterator[None]:
    """A program that is there and does nothing, until the block ends."""
    stopped = family(settings, name)
    try:
        for process in stopped:
            process.suspend()
        yield
    finally:
        for process in stopped:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def part_frozen(name: str) -> Callable[[Scene], None]:
    """The drill that freezes this part until it is noticed."""

    def drill(scene: Scene) -> None:
        check, cause = FROZEN[name]
        with frozen(scene.settings, name):
            scene.broke(f"froze {name} (SIGSTOP)")
            scene.until_red(check, cause)
        scene.did(f"let {name} go on")
        await_flow(scene.settings, scene.tell)

    return drill


def part_killed(name: str) -> Callable[[Scene], None]:
    """The drill that kills this part: supervisord and the part itself bring all back."""

    def drill(scene: Scene) -> None:
        killed = pid_of(scene.settings, name)
        os.kill(killed, signal.SIGKILL)
        scene.broke(f"killed {name} (SIGKILL)")

        def is_another() -> bool:
            with suppress(DrillError):
                return pid_of(scene.settings, name) != killed
            return False

        scene.until(is_another, f"{name} is not started again")
        await_flow(scene.settings, scene.tell)

    return drill
