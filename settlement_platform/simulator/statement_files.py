"""The SQL texts of the simulator, read from their files once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from settlement_platform.simulator.operations import StatementName

FOLDER = Path(__file__).parent


@cache
def statement_text(name: StatementName) -> bytes:
    """One statement of an operation."""
    return (FOLDER / "statements" / f"{name}.sql").read_bytes()


def script_text(file_name: str) -> bytes:
    """One file of the simulator's folder."""
    return (FOLDER / file_name).read_bytes()
