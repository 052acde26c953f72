"""Connections that only look: a database that hangs or vanishes holds nobody for long."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import psycopg

from settlement_platform.storage.sql_files import statements

CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_SECONDS = 5
SILENT_SECONDS = 5
"""A peer that was silent for so long is asked whether it lives: 3 times, every 2 seconds."""
sql = statements(Path(__file__).parent / "sql")


def look(
    dsn: str, statement_seconds: int = STATEMENT_SECONDS
) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection that may not write; each statement sees its own moment. Raises psycopg.Error."""
    return psycopg.connect(
        dsn,
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        keepalives_idle=SILENT_SECONDS,
        keepalives_interval=2,
        keepalives_count=3,
        options=(
            f"-c statement_timeout={statement_seconds}s -c default_transaction_read_only=on "
            "-c timezone=UTC -c jit=off"
        ),
    )


def read_as_of(v2: psycopg.Connection[tuple[Any, ...]]) -> dt.datetime | None:
    """as_of as V2 has it; None when it was never published. Raises psycopg.Error."""
    row = v2.execute(sql("v2_as_of")).fetchone()
    return None if row is None else row[0]
