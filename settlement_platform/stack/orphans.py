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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from settlement_platform.config import Settings
from settlement_platform.errors import StackError
from settlement_platform.stack.prepare import POSTGRES_SERVERS
from settlement_platform.stack.stop_order import stop_order

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


def makers(seen: Iterable[Seen], home: Path) -> list[int]:
    """The set-up programs that make the home's data folders. Pure.

    Whoever holds the home's lock and has started none himself knows that an `up` that was killed
    left them behind: they would go on writing where the next one begins anew.
    """
    folders = {f"{home / 'data' / name}.making" for name in POSTGRES_SERVERS}
    formatted = {"kafka.tools.StorageTool", str(home / "conf" / "kafka" / "server.properties")}
    return [
        process.pid
        for process in seen
        if folders & set(process.command) or formatted <= set(process.command)
    ]


def stop_makers(settings: Settings) -> None:
    """Kill set-up programs that a killed `up` left behind; what they made is made again."""
    found = []
    for pid in makers(_processes(), settings.state_dir):
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            found += [process, *process.children(recursive=True)]
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(found, timeout=STOP_SECONDS)


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
    for names in stop_order([orphan.name for orphan in found]):
        group = [orphan for orphan in found if orphan.name in names]
        asked = [process for orphan in group for process in _ask_to_stop(orphan)]
        _, stubborn = psutil.wait_procs(asked, timeout=STOP_SECONDS)
        for process in stubborn:
            process.kill()
        psutil.wait_procs(stubborn, timeout=STOP_SECONDS)
        listed = ", ".join(f"{orphan.name} (pid {orphan.pid})" for orphan in group)
        say(f"stopped what a killed supervisor left behind: {listed}")


def _ask_to_stop(orphan: Orphan) -> list[psutil.Process]:
    try:
        process = psutil.Process(orphan.pid)
        process.send_signal(signal.Signals[f"SIG{orphan.stop_signal}"])
        return [process]
    except psutil.NoSuchProcess:
        return []
    except psutil.AccessDenied:
        raise StackError(
            f"{orphan.name} (pid {orphan.pid}) was left behind by another account's stack",
            f"stop it as its owner: kill {orphan.pid}",
        ) from None
