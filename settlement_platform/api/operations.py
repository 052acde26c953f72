"""V2 as those who operate settlement reach it: as a role that may take steps and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Header, Request

from settlement_platform.api.reading import TRY_AGAIN
from settlement_platform.errors import StorageError
from settlement_platform.settlement.books.steps import once
from settlement_platform.storage.writing import Connection, writing

STATEMENT_SECONDS = 15
VISIBLE = r"^[\x20-\x7e]+$"
logger = logging.getLogger(__name__)


class Operations:
    """Connects for each request: they are few, and none of them waits for another's."""

    def __init__(self, dsn: Callable[[], str]) -> None:
        self._dsn = dsn

    @property
    def dsn(self) -> str:
        """V2's DSN for the role that takes steps."""
        return self._dsn()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction. Raises StorageError, which tells no address, when V2 does not answer."""
        try:
            with writing(self.dsn, STATEMENT_SECONDS) as v2:
                yield v2
        except StorageError as error:
            logger.warning("V2 gave no answer: %s", error.cause)
            raise StorageError("V2 cannot be reached", TRY_AGAIN) from error

    def once(
        self,
        asked: Asked,
        request: dict[str, object],
        act: Callable[[Connection], dict[str, Any]],
    ) -> dict[str, Any]:
        """Carry out a request under its key, all of it in one transaction."""
        with self.transaction() as v2:
            return once(v2, asked.key, request | {"actor": asked.actor}, lambda: act(v2))


class Asked:
    """Who asks, and under which key."""

    def __init__(
        self,
        idempotency_key: Annotated[
            str,
            Header(
                description="The request's own key: sent again under it, it happens once.",
                min_length=1,
                max_length=128,
                pattern=VISIBLE,
            ),
        ],
        x_actor: Annotated[
            str,
            Header(
                description="Who does it, for the audit log.",
                min_length=1,
                max_length=128,
                pattern=VISIBLE,
            ),
        ],
    ) -> None:
        self.key = idempotency_key
        self.actor = x_actor


async def operations(request: Request) -> Operations:
    """What the app's factory put there."""
    found = request.app.state.operations
    assert isinstance(found, Operations)
    return found


Operating = Annotated[Operations, Depends(operations)]
Asking = Annotated[Asked, Depends()]
