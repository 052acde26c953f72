"""Programs of this home that outlived their supervisor: found for certain, and stopped.

A supervisord that was killed leaves its programs running, with our ports and data folders in their
hands. A process counts as left behind only when its whole command line is the one that the home's
supervisord.conf has for a program, it works inside the home, and nobody of the stack is its parent.
"""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable, Iterable
from configparser import RawConfigParser
from dataclasses import dataclass
from pathlib import Path

import psutil

from settlement_platform.config import Settings
from settlement_platform.errors import StackError

STOP_SECONDS = 20.0
_SECTION = "program:"


@dataclass(frozen=True)
class Configured:
    """A program as supervisord.conf has it."""

    name: str
    command: tuple[str, ...]
    stop_signal: str


@dataclass(frozen=True)
class Seen:
    """A process of this machine."""

    pid: int
    parent_pid: int
    command: tuple[str, ...]
    folder: str


@dataclass(frozen=True)
class Orphan:
    """A program that runs without its supervisor."""

    name: str
    pid: int
    stop_signal: str


def configured(text: str) -> list[Configured]:
    """The programs in the text of a supervisord.conf."""
    parser = RawConfigParser(strict=False)
    parser.read_string(text)
    return [
        Configured(
            section.removeprefix(_SECTION),
            tuple(shlex.split(parser[section]["command"].replace("%%", "%"))),
            parser[section].get("stopsignal", "TERM"),
        )
        for section in parser.sections()
        if section.startswith(_SECTION)
    ]


def _is(program: Configured, seen: Seen) -> bool:
    """Whether a process is the program: setpriv before a command has made way for it."""
    length = len(seen.command)
    return 0 < length <= len(program.command) and program.command[-length:] == seen.command


def orphans(
    programs: list[Configured], seen: Iterable[Seen], home: Path, supervisor_pid: int | None
) -> list[Orphan]:
    """The processes that are programs of the home and belong to no supervisor. Pure."""
    inside = [process for process in seen if Path(process.folder).is_relative_to(home)]
    ours = {
        process.pid: program for process in inside for program in programs if _is(program, process)
    }
    # A server that has just forked looks like its parent: it goes when its parent goes.
    parents = {*ours, *([] if supervisor_pid is None else [supervisor_pid])}
    return [
        Orphan(ours[process.pid].name, process.pid, ours[process.pid].stop_signal)
        for process in inside
        if process.pid in ours and process.parent_pid not in parents
    ]


def supervisor_pid(settings: Settings) -> int | None:
    """The supervisord of this home, None when it does not run: a pid file alone proves nothing."""
    run = settings.state_dir / "run"
    try:
        pid = int((run / "supervisord.pid").read_text())
        return pid if str(run / "supervisord.conf") in psutil.Process(pid).cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def _processes() -> list[Seen]:
    found = []
    for process in psutil.process_iter(["pid", "ppid", "cmdline", "cwd"]):
        known = process.info
        if known["cmdline"] and known["cwd"]:
            command = tuple(known["cmdline"])
            found.append(Seen(known["pid"], known["ppid"], command, known["cwd"]))
    return found


def find_orphans(settings: Settings, supervisor_pid: int | None) -> list[Orphan]:
    """The programs of this home that run without a supervisor; none where nothing was started."""
    try:
        text = (settings.state_dir / "run" / "supervisord.conf").read_text()
    except FileNotFoundError:
        return []
    return orphans(configured(text), _processes(), settings.state_dir.resolve(), supervisor_pid)


def stop_orphans(found: list[Orphan], say: Callable[[str], None]) -> None:
    """Ask each to stop as its supervisor would, and kill those that do not.

    Raises StackError when one belongs to somebody who may not be stopped.
    """
    processes = []
    for orphan in found:
        try:
            process = psutil.Process(orphan.pid)
            process.send_signal(signal.Signals[f"SIG{orphan.stop_signal}"])
            processes.append(process)
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            raise StackError(
                f"{orphan.name} (pid {orphan.pid}) was left behind by another account's stack",
                f"stop it as its owner: kill {orphan.pid}",
            ) from None
        say(f"stopping {orphan.name} (pid {orphan.pid}): its supervisor was killed")
    _, stubborn = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    for process in stubborn:
        process.kill()
    psutil.wait_procs(stubborn, timeout=STOP_SECONDS)
