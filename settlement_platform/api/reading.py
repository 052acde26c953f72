"""Reads one row from V2, within a bound; what goes wrong with V2 becomes a StorageError."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Executable, Row
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from settlement_platform.errors import StorageError

READ_TIMEOUT_SECONDS = 5.0
"""V2's statement timeout does not help against a server that has stopped answering."""
CLOSE_TIMEOUT_SECONDS = 15.0
TRY_AGAIN = "try again; see 'settlement status'"
_UNDEFINED = {"42P01", "42703", "3F000", "42883"}
"""PostgreSQL's codes for a table, a column, a schema or a function that is not there."""

OneRow = Row[*tuple[Any, ...]]

logger = logging.getLogger(__name__)


class V2Reader:
    """V2 as the routes see it: one statement, one row, one snapshot."""

    def __init__(self, engine: AsyncEngine, timeout_seconds: float) -> None:
        self._engine = engine
        self._timeout_seconds = timeout_seconds
        self._abandoned: set[asyncio.Task[OneRow]] = set()

    async def one(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> OneRow:
        """The only row of a statement. Raises StorageError when V2 does not give it in time."""
        reading = asyncio.create_task(self._read(statement, parameters))
        try:
            done, _ = await asyncio.wait({reading}, timeout=self._timeout_seconds)
        except asyncio.CancelledError:
            self._abandon(reading)
            raise
        if not done:
            self._abandon(reading)
            logger.warning("V2 gave no answer in %s seconds", self._timeout_seconds)
            raise StorageError("V2 did not answer in time", TRY_AGAIN)
        return reading.result()

    async def _read(self, statement: Executable, parameters: Mapping[str, Any] | None) -> OneRow:
        try:
            async with self._engine.connect() as connection:
                # A statement is a snapshot of its own: BEGIN would only be a round trip more.
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                return (await connection.execute(statement, parameters)).one()
        except (PoolTimeoutError, DBAPIError) as error:
            unavailable = storage_error(error)
            if unavailable is None:
                raise
            # The driver's words alone: SQLAlchemy would add the statement and its values.
            cause = getattr(error, "orig", error)
            logger.warning("V2 gave no answer: %s: %s", type(cause).__name__, cause)
            raise unavailable from error

    def _abandon(self, reading: asyncio.Task[OneRow]) -> None:
        # The driver may take ten seconds to give up on a silent server. Nobody waits for it, but
        # it has to come to its end, or its connection would never go back to the pool.
        self._abandoned.add(reading)
        reading.add_done_callback(self._forget)
        reading.cancel()

    def _forget(self, reading: asyncio.Task[OneRow]) -> None:
        self._abandoned.discard(reading)
        if not reading.cancelled():
            reading.exception()

    async def close(self) -> None:
        """Give every connection back, those of abandoned readings too."""
        if self._abandoned:
            await asyncio.wait(set(self._abandoned), timeout=CLOSE_TIMEOUT_SECONDS)
        await self._engine.dispose()


def storage_error(error: Exception) -> StorageError | None:
    """What an error of the driver says about V2; None when the statement itself is at fault."""
    if isinstance(error, PoolTimeoutError):
        return StorageError("every connection to V2 is busy", TRY_AGAIN)
    if isinstance(error, ProgrammingError):
        if getattr(error.orig, "sqlstate", None) in _UNDEFINED:
            return StorageError("V2's schema is not the contract's", "run 'settlement up'")
        return None
    if isinstance(error, (OperationalError, InterfaceError)):
        return StorageError("V2 cannot be reached", TRY_AGAIN)
    return None


async def v2_reader(request: Request) -> V2Reader:
    """The reader that the app's lifespan opened."""
    reader = request.app.state.v2
    assert isinstance(reader, V2Reader)
    return reader


V2 = Annotated[V2Reader, Depends(v2_reader)]
