"""Engines on V2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from settlement_platform.config import sqlalchemy_url
from settlement_platform.errors import StorageError

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_MS = 30_000
POOL_SIZE = 8


def _arguments(search_path: str = "public") -> dict[str, object]:
    return {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "options": (
            f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC "
            f"-c search_path={search_path}"
        ),
    }


def engine(dsn: str, search_path: str = "public") -> Engine:
    """A pooled engine; a connection is checked before it is used."""
    return create_engine(
        sqlalchemy_url(dsn),
        pool_pre_ping=True,
        pool_size=POOL_SIZE,
        connect_args=_arguments(search_path),
    )


@contextmanager
def reached(dsn: str, search_path: str = "public") -> Iterator[Engine]:
    """An engine for as long as the block lasts. Raises StorageError where V2 does not answer."""
    v2 = engine(dsn, search_path)
    try:
        yield v2
    except OperationalError as error:
        raise StorageError(
            f"V2 does not answer: {error.orig}",
            "see 'settlement status' and 'settlement logs v2-postgres'",
        ) from error
    finally:
        v2.dispose()


def async_engine(dsn: str) -> AsyncEngine:
    """The same for the API's event loop."""
    return create_async_engine(
        sqlalchemy_url(dsn), pool_pre_ping=True, pool_size=POOL_SIZE, connect_args=_arguments()
    )
