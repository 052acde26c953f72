"""V2, read by statements of one's own: bounded, and repeated while V2 is away."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from settlement_platform.errors import StorageError
from settlement_platform.patience import PATIENCE_SECONDS, asked, patient

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_SECONDS = 30
OPTIONS = (
    f"-c statement_timeout={STATEMENT_SECONDS}s -c default_transaction_read_only=on -c timezone=UTC"
)


def _passes(failure: BaseException) -> bool:
    """Whether V2 was away: it reads again what only reads."""
    took_too_long = isinstance(failure, psycopg.errors.QueryCanceled)
    return isinstance(failure, psycopg.OperationalError) and not took_too_long


class V2Client:
    """V2 as one of its readers. Every call raises StorageError, with PostgreSQL's own words."""

    def __init__(self, dsn: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._dsn = dsn
        self._patience_seconds = patience_seconds

    def rows(self, statement: str, parameters: object = None) -> list[dict[str, Any]]:
        """What a statement returns, as of one moment; one that writes is refused."""
        reading = patient(_passes, self._patience_seconds)
        try:
            return reading(self._rows_once, statement, parameters)
        except psycopg.Error as error:
            said = " ".join(str(error).split())
            if _passes(error):
                cause = f"V2 does not answer: {said}{asked(reading)}"
                remedy = "see 'settlement status' and 'settlement logs v2-postgres'"
                raise StorageError(cause, remedy) from error
            first = " ".join(statement.split())[:120]
            raise StorageError(
                f"V2 refused: {said} (in: {first} …)", "mend the statement"
            ) from error

    def _rows_once(self, statement: str, parameters: Any) -> list[dict[str, Any]]:
        with (
            psycopg.connect(
                self._dsn,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                options=OPTIONS,
            ) as v2,
            v2.cursor(row_factory=dict_row) as cursor,
        ):
            return cursor.execute(statement.encode(), parameters).fetchall()
