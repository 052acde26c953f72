"""Statements that stand in .sql files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path


def statements(folder: Path) -> Callable[[str], bytes]:
    """What gives a statement of a folder by its file's name, without the ending; each read once."""

    @cache
    def statement(name: str) -> bytes:
        return (folder / f"{name}.sql").read_bytes()

    return statement
