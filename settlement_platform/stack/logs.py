"""The log of one program: its last lines, and those that come."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from settlement_platform.config import Settings
from settlement_platform.errors import StackError

TAIL_LINES = 200
BLOCK_BYTES = 65_536
PAUSE_SECONDS = 0.2
SHOWN_CHARACTERS = 300
SUFFIX = ".log"
_FRAME = re.compile(r"\s*(at |\.\.\. \d+ (more|common))")
"""A line of a Java stack trace that only says where."""
_ERROR = re.compile(r"error|exception|fatal|panic", re.IGNORECASE)


def log_names(settings: Settings) -> list[str]:
    """The programs that have a log under this home."""
    return sorted(path.stem for path in (settings.state_dir / "logs").glob(f"*{SUFFIX}"))


def find_log(settings: Settings, name: str) -> Path:
    """The log of one program. Raises StackError with the names there are."""
    names = log_names(settings)
    if name in names:
        return settings.state_dir / "logs" / f"{name}{SUFFIX}"
    if not names:
        raise StackError(
            f"there are no logs under {settings.state_dir}",
            "run 'settlement up', or set SETTLEMENT_HOME to a home that has some",
        )
    raise StackError(f"there is no log named '{name}'", f"take one of: {', '.join(names)}")


def tail(path: Path, lines: int = TAIL_LINES) -> tuple[str, int]:
    """The last lines of a file, and where it ended. Reads no more of it than it must."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        start, found = end, b""
        while start > 0 and found.count(b"\n") <= lines:
            step = min(BLOCK_BYTES, start)
            start -= step
            file.seek(start)
            found = file.read(step) + found
    kept = found.splitlines(keepends=True)[-lines:]
    return b"".join(kept).decode(errors="replace"), end


def telling(lines: list[str]) -> str:
    """The last line that names an error; without one, the last that says anything. Pure."""
    said = [line.strip() for line in lines if line.strip() and not _FRAME.match(line)]
    errors = [line for line in said if _ERROR.search(line)]
    return (errors or said or ["it has written no log"])[-1][:SHOWN_CHARACTERS]


def last_words(path: Path) -> str:
    """Why a program ended, as far as its log tells in a line."""
    try:
        return telling(tail(path)[0].splitlines())
    except FileNotFoundError:
        return telling([])


def _came(file: TextIO) -> str:
    """What was written to an open log since it was last read; cut off, it begins anew."""
    if file.tell() > os.fstat(file.fileno()).st_size:
        file.seek(0)
    return file.read()


def _was_replaced(file: TextIO, path: Path) -> bool:
    try:
        return not os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def follow(path: Path, offset: int, pause_seconds: float = PAUSE_SECONDS) -> Iterator[str]:
    """What is written from `offset` on, for ever; goes along when the log is rotated.

    Yields an empty text where nothing came, so that whoever listens can stop.
    """
    while True:
        with path.open(errors="replace") as file:
            file.seek(offset)
            while True:
                replaced = _was_replaced(file, path)
                yield _came(file)
                if replaced:
                    break
                time.sleep(pause_seconds)
        offset = 0
