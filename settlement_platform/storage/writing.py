"""Connections to V2 that write: all of a transaction or nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from settlement_platform.errors import StorageError

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_SECONDS = 300

Connection = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def writing(v2_dsn: str, statement_seconds: int = STATEMENT_SECONDS) -> Iterator[Connection]:
    """V2, to write to: all of it or nothing. Raises StorageError when V2 does not answer."""
    try:
        with psycopg.connect(
            v2_dsn,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            options=f"-c statement_timeout={statement_seconds}s -c timezone=UTC -c jit=off",
        ) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise StorageError(
            f"V2 does not answer: {error}",
            "see 'settlement status' and 'settlement logs v2-postgres'",
        ) from error
