"""Reading either database for `verify`: thin, one statement a method."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import IsolationLevel

from settlement_platform.errors import ProofError
from settlement_platform.proof.verify_diff import Key, Row, Values
from settlement_platform.proof.verify_tables import (
    ComparedTable,
    Database,
    dates_of,
    digests_sql,
    rows_sql,
    wanted_sql,
)

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 600
ROWS_A_FETCH = 5_000
BARRIER_POLL_SECONDS = 0.05
_OPTIONS = (
    "-c timezone=UTC -c datestyle=ISO -c jit=off "
    "-c work_mem=64MB -c max_parallel_workers_per_gather=0 "
    f"-c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s"
)


@dataclass(frozen=True)
class Scope:
    """What part of the tables is compared: one business date or all; MINUTE buckets from when."""

    date: dt.date | None
    minute_from_at: dt.datetime

    def parameters(self) -> dict[str, Any]:
        """For the statements of verify_tables."""
        dates = None if self.date is None else [self.date]
        return {"dates": dates, "minute_from_at": self.minute_from_at}


@contextmanager
def guarded(database: Database) -> Iterator[None]:
    """Turn what the database refuses into a ProofError that names the database."""
    try:
        yield
    except psycopg.Error as error:
        name = "the core" if database == "core" else "V2"
        reason = " ".join(str(error).split()) or repr(error)
        raise ProofError(
            f"{name} could not be read: {reason}",
            "run 'settlement status' to see whether it runs, then 'settlement verify' again",
        ) from error


class Side:
    """One of the two databases."""

    def __init__(self, connection: psycopg.Connection, database: Database) -> None:
        self.connection = connection
        self.database = database

    @contextmanager
    def snapshot(self) -> Iterator[dt.datetime]:
        """One frozen view of the database for all reads within.

        Yields the server's clock just after the view was frozen: what the view shows was committed
        before it.
        """
        with self.connection.transaction():
            yield self.one("SELECT clock_timestamp()")

    def digests(self, table: ComparedTable, scope: Scope) -> dict[str, tuple[int, str]]:
        """Rows and hash sum of every slot."""
        statement = digests_sql(table, self.database).encode()
        with guarded(self.database):
            rows = self.connection.execute(statement, scope.parameters())
            return {slot: (row_count, hash_sum) for slot, row_count, hash_sum in rows}

    def rows(self, table: ComparedTable, scope: Scope, slots: list[str]) -> Iterator[Row]:
        """The rows of some slots in order of key, fetched as they are walked."""
        with (
            guarded(self.database),
            self.connection.cursor(name=f"verify_{table.file}") as cursor,
        ):
            cursor.itersize = ROWS_A_FETCH
            statement = rows_sql(table, self.database).encode()
            of_slots = {"slots": slots, "dates": dates_of(slots)}
            cursor.execute(statement, scope.parameters() | of_slots)
            for row_key, row_values in cursor:
                yield tuple(row_key), tuple(row_values)

    def rows_of(
        self, table: ComparedTable, scope: Scope, keys: Collection[Key]
    ) -> dict[Key, Values | None]:
        """The rows of some keys; None for a key that has no row."""
        columns = zip(*keys, strict=True)
        arrays = {f"key_{number}": list(column) for number, column in enumerate(columns, 1)}
        statement = wanted_sql(table, self.database).encode()
        found: dict[Key, Values | None] = dict.fromkeys(keys)
        with guarded(self.database):
            for row_key, row_values in self.connection.execute(
                statement, scope.parameters() | arrays
            ):
                found[tuple(row_key)] = tuple(row_values)
        return found

    def one(self, statement: LiteralString) -> Any:
        """The one value of the one row, or None without a row."""
        with guarded(self.database):
            row = self.connection.execute(statement).fetchone()
        return None if row is None else row[0]


@contextmanager
def connected(dsn: str, database: Database) -> Iterator[Side]:
    """A side whose transactions read only, and only what was there when they began.

    Raises ProofError when the database cannot be reached.
    """
    with guarded(database):
        connection = psycopg.connect(
            dsn,
            autocommit=True,
            prepare_threshold=None,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            options=_OPTIONS,
        )
    with connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield Side(connection, database)


def as_of(v2: Side) -> dt.datetime | None:
    """Everything that the core committed before this is in V2 or in dead letters; None: unknown."""
    published: dt.datetime | None = v2.one("SELECT as_of FROM sp_v2_as_of")
    return published


def open_dead_letters(v2: Side) -> int:
    """Records of the core that V2 could not take and nobody has dealt with."""
    return int(v2.one("SELECT count(*) FROM sp_v2_dead_letters WHERE state = 'open'"))


class Barrier:
    """The wait for V2 to have taken in all that the core committed up to an instant.

    `reached()` asks V2 once. It raises ProofError when the limit has passed in vain.
    """

    def __init__(self, v2: Side, core_at: dt.datetime, limit_seconds: float) -> None:
        self.v2 = v2
        self.core_at = core_at
        self.limit_seconds = limit_seconds
        self.started = time.monotonic()
        self.as_of: dt.datetime | None = None

    def reached(self) -> bool:
        """Whether V2 now holds everything that the core's snapshot showed."""
        self.as_of = as_of(self.v2)
        if self.as_of is not None and self.as_of > self.core_at:
            return True
        if time.monotonic() - self.started >= self.limit_seconds:
            raise behind(self.core_at, self.as_of, self.limit_seconds)
        return False

    def wait(self, tell: Callable[[str], None]) -> dt.datetime:
        """Ask until it is reached; returns V2's as_of."""
        told_seconds = 0
        while not self.reached():
            waited = time.monotonic() - self.started
            if waited >= told_seconds + 1:
                told_seconds = int(waited)
                tell(f"waiting for V2: as of {self.as_of}, must pass {self.core_at}")
            time.sleep(BARRIER_POLL_SECONDS)
        assert self.as_of is not None
        return self.as_of


def behind(core_at: dt.datetime, as_of: dt.datetime | None, limit_seconds: float) -> ProofError:
    """The error of a V2 that did not catch up; ages are by the core's clock."""
    waited = f"V2 did not catch up with the core within {limit_seconds:g} s"
    remedy = (
        "run 'settlement status' to see which connector or job is behind, "
        "then 'settlement verify' again"
    )
    if as_of is None:
        return ProofError(f"{waited}: nothing has ever told what V2 is as of", remedy)
    age_seconds = (core_at - as_of).total_seconds() + limit_seconds
    return ProofError(
        f"{waited}: V2 is as of {as_of.isoformat()}, {age_seconds:.1f} s old, "
        f"and must pass {core_at.isoformat()}",
        remedy,
    )
