"""Reads what the doctor wants to know of this machine and this home. Thin."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from settlement_platform.config import Settings
from settlement_platform.monitoring.bounded import Reading
from settlement_platform.stack.doctor_machine import Leftovers, MachineReading, PartsReading
from settlement_platform.stack.orphans import find_orphans, supervisor_pid
from settlement_platform.stack.parts import java, pinned, postgres_program
from settlement_platform.stack.ports import families, taken_ports
from settlement_platform.stack.preflight import POSTGRES_PROGRAMS
from settlement_platform.stack.prepare import POSTGRES_SERVERS
from settlement_platform.stack.supervision import socket_path

ANSWER_SECONDS = 20.0
CGROUP = Path("/sys/fs/cgroup")
HASH_THREADS = 4


def _version(*command: str) -> str:
    """The first line that a program says of itself. Raises OSError or SubprocessError."""
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=ANSWER_SECONDS
    )
    return (done.stdout or done.stderr).strip().splitlines()[0]


def _postgres_versions() -> str:
    said = [_version(str(postgres_program(name)), "--version") for name in POSTGRES_PROGRAMS]
    return ", ".join(said)


def _jar_state(path: Path, sha256: str) -> str | None:
    if not path.is_file():
        return "missing"
    return None if hashlib.sha256(path.read_bytes()).hexdigest() == sha256 else "wrong"


def read_parts() -> PartsReading:
    """The pinned jars as they lie in Maven's local repository; fetches nothing."""
    import jgo.maven  # noqa: PLC0415 - slow to import, needed only here

    context = jgo.maven.MavenContext(offline=True)
    jars = {jar.coordinate: jar for part in pinned().values() for jar in part}

    def state(coordinate: str) -> str | None:
        group, artifact, version = coordinate.split(":")[:3]
        component = context.project(group, artifact).at_version(version)
        return _jar_state(Path(component.artifact().cached_path), jars[coordinate].sha256)

    with ThreadPoolExecutor(HASH_THREADS) as pool:
        states = dict(zip(jars, pool.map(state, jars), strict=True))
    return PartsReading(
        len(jars),
        [coordinate for coordinate, how in states.items() if how == "missing"],
        [coordinate for coordinate, how in states.items() if how == "wrong"],
    )


def _existing(path: Path) -> Path:
    """The nearest folder above that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _free_memory_bytes() -> int:
    """Memory that programs may still take: the machine's, or this container's if that is less."""
    free = int(psutil.virtual_memory().available)
    try:
        limit = int((CGROUP / "memory.max").read_text())
        used = int((CGROUP / "memory.current").read_text())
    except (OSError, ValueError):  # no container, or one without a limit
        return free
    return min(free, max(limit - used, 0))


def _leftovers(settings: Settings) -> Leftovers:
    supervisor = supervisor_pid(settings)
    files = [settings.state_dir / "run" / "supervisord.pid", socket_path(settings)]
    stale = [] if supervisor is not None else [str(path) for path in files if path.exists()]
    return Leftovers(stale, find_orphans(settings, supervisor))


def _ours(settings: Settings) -> set[int]:
    """The processes of this stack, with or without their supervisor."""
    supervisor = supervisor_pid(settings)
    left_behind = [orphan.pid for orphan in find_orphans(settings, supervisor)]
    return families([*left_behind, *([] if supervisor is None else [supervisor])])


def _folder_state(folder: Path, proof: str) -> str:
    if (folder / proof).exists():
        return "complete"
    made = folder.exists() or folder.with_name(f"{folder.name}.making").exists()
    return "half-made" if made else "absent"


def read_machine(settings: Settings, is_up: bool) -> MachineReading:
    """Everything that needs no running stack, side by side."""
    deadline = time.monotonic() + ANSWER_SECONDS
    java_version = Reading(lambda: _version(str(java()), "-version"))
    postgres = Reading(_postgres_versions)
    as_root = os.geteuid() == 0
    setpriv = Reading(lambda: _version("setpriv", "--version")) if as_root else None
    parts = Reading(read_parts)
    ports = Reading(lambda: taken_ports(settings, _ours(settings)))
    leftovers = Reading(lambda: _leftovers(settings))
    folder, data = _existing(settings.state_dir), settings.state_dir / "data"
    proofs = {**dict.fromkeys(POSTGRES_SERVERS, "PG_VERSION"), "kafka": "meta.properties"}
    return MachineReading(
        java=java_version.by(deadline),
        postgres=postgres.by(deadline),
        setpriv=None if setpriv is None else setpriv.by(deadline),
        parts=parts.by(deadline),
        home=str(settings.state_dir),
        home_is_writable=_is_writable(folder),
        free_disk_bytes=shutil.disk_usage(folder).free,
        free_memory_bytes=_free_memory_bytes(),
        taken_ports=ports.by(deadline),
        leftovers=leftovers.by(deadline),
        data_folders={name: _folder_state(data / name, proof) for name, proof in proofs.items()},
        is_up=is_up,
    )
