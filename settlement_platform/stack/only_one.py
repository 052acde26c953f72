"""Two commands never bring the same home up or down at once."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from settlement_platform.config import Settings
from settlement_platform.errors import StackError

WAIT_SECONDS = 180.0
PAUSE_SECONDS = 0.2


def lock_path(settings: Settings, name: str = "command") -> Path:
    """The file that a command locks; it names the process that holds it."""
    return settings.state_dir / "run" / f"{name}.lock"


def _opened(path: Path) -> TextIO:
    """The lock's file. Raises StackError where the home cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+")
    except OSError as error:
        raise StackError(
            f"{path.parent.parent} cannot be written: {error.strerror}",
            "set SETTLEMENT_HOME to a folder of yours on a disk with room",
        ) from error


def _locked(file: TextIO, path: Path) -> bool:
    """Whether the lock is ours now, on the file that others would lock too."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


@contextmanager
def only_one(
    settings: Settings,
    waiting: Callable[[str], None],
    wait_seconds: float = WAIT_SECONDS,
    name: str = "command",
) -> Iterator[None]:
    """Hold the home for the time of a command; a second one waits, and tells for what.

    Raises StackError when the first does not end within the bound, or the home cannot be written.
    """
    path = lock_path(settings, name)
    deadline, told = time.monotonic() + wait_seconds, False
    file = _opened(path)
    try:
        while not _locked(file, path):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            if not told:
                waiting(f"another settlement command (pid {holder})")
                told = True
            if time.monotonic() > deadline:
                raise StackError(
                    f"another settlement command (pid {holder}) works on {settings.state_dir}",
                    "wait until it has ended, or stop it",
                )
            time.sleep(PAUSE_SECONDS)
            # The first may have removed the home, and the file with it.
            file.close()
            file = _opened(path)
        with suppress(OSError):  # a full disk takes no name; the lock holds all the same
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield
    finally:
        file.close()
