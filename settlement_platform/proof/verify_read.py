"""Reading either database for `verify`: thin, one statement a method."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, LiteralString

import psycopg
from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict

from settlement_platform.errors import ProofError
from settlement_platform.proof.verify_diff import Key, Row, Sighting
from settlement_platform.proof.verify_tables import (
    ComparedTable,
    Database,
    dates_of,
    digests_sql,
    newer_sql,
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
SETTLE_SECONDS = 1.0
"""How long a view of the core waits for transactions that were writing when it was asked for."""
SETTLE_POLL_SECONDS = 0.001
_LOG_POSITION: LiteralString = """
SELECT (
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END
  - '0/0'::pg_lsn
)::bigint
"""
ITEM_COLUMNS = ("item_ids", "item_batches", "items_settled_at", "items_paid_out_at")
_ITEMS: LiteralString = """
SELECT transaction_id, batch_id::text, settled_at, paid_out_at
FROM sp_v2_settlement_items AS item
WHERE item_state <> 'RELEASED'
  AND (%(dates)s::date[] IS NULL OR EXISTS (
    SELECT FROM sp_v2_transactions AS done
    WHERE done.transaction_id = item.transaction_id
      AND done.transaction_date = ANY(%(dates)s::date[])))
"""
# A transaction that writes holds the lock on its own number from before its first write until after
# its commit is visible.
_WRITERS: LiteralString = """
SELECT COALESCE(array_agg(transactionid::text), '{}')
FROM pg_locks WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock'
"""


@dataclass(frozen=True)
class Moment:
    """When a view of the core was frozen.

    It shows nothing that was committed after `clock_at`, and lacks nothing that was written to the
    log before `lsn` (unless by a transaction that ran on for more than SETTLE_SECONDS).
    """

    clock_at: dt.datetime
    lsn: int


@dataclass(frozen=True)
class Scope:
    """What part of the tables is compared, and what stands in live batches.

    Some business dates or all; MINUTE buckets from when; of each item of V2's books that is not
    released its transaction, batch, and instants of settling and of payout.
    """

    dates: tuple[dt.date, ...] | None
    minute_from_at: dt.datetime
    items: tuple[tuple[Any, ...], ...] = ()

    def parameters(self) -> dict[str, Any]:
        """For the statements of verify_tables."""
        dates = None if self.dates is None else list(self.dates)
        columns = zip(*self.items, strict=True) if self.items else ((),) * len(ITEM_COLUMNS)
        arrays = zip(ITEM_COLUMNS, map(list, columns), strict=True)
        return {"dates": dates, "minute_from_at": self.minute_from_at, **dict(arrays)}


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
    def snapshot(self) -> Iterator[None]:
        """One frozen view of the database for all reads within."""
        with self.connection.transaction():
            yield

    @contextmanager
    def view(self) -> Iterator[Moment]:
        """The same of the core, with its place in the core's log.

        A commit is in the log before it is visible: the view waits for what was on its way.
        """
        lsn, writers = self.one(_LOG_POSITION), set(self.one(_WRITERS))
        deadline = time.monotonic() + SETTLE_SECONDS
        while writers.intersection(self.one(_WRITERS)) and time.monotonic() < deadline:
            time.sleep(SETTLE_POLL_SECONDS)
        with self.snapshot():
            yield Moment(self.one("SELECT clock_timestamp()"), lsn)

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

    def newer_keys(
        self, table: ComparedTable, scope: Scope, lsn: int, limit_rows: int
    ) -> list[Key]:
        """The keys of some rows of V2 that hold changes after a position in the core's log."""
        of_limits = {"lsn": lsn, "limit_rows": limit_rows}
        with guarded(self.database):
            rows = self.connection.execute(
                newer_sql(table).encode(), scope.parameters() | of_limits
            )
            return [tuple(row_key) for (row_key,) in rows]

    def in_live_batches(self, scope: Scope) -> Scope:
        """The same part, with what stands in live batches by V2's books now."""
        with guarded(self.database):
            rows = self.connection.execute(_ITEMS, scope.parameters())
            return replace(scope, items=tuple(rows))

    def rows_of(
        self, table: ComparedTable, scope: Scope, keys: Collection[Key]
    ) -> dict[Key, Sighting]:
        """The rows of some keys with their versions; 0 and None for a key that has no row."""
        columns = zip(*keys, strict=True)
        arrays = {f"key_{number}": list(column) for number, column in enumerate(columns, 1)}
        statement = wanted_sql(table, self.database).encode()
        found: dict[Key, Sighting] = dict.fromkeys(keys, (0, None))
        with guarded(self.database):
            for row_key, version, row_values in self.connection.execute(
                statement, scope.parameters() | arrays
            ):
                found[tuple(row_key)] = (version, tuple(row_values))
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
            options=f"{conninfo_to_dict(dsn).get('options') or ''} {_OPTIONS}",
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
    """The wait for V2 to have taken in all that the core committed up to an instant."""

    def __init__(self, v2: Side, core_at: dt.datetime, limit_seconds: float) -> None:
        self.v2 = v2
        self.core_at = core_at
        self.limit_seconds = limit_seconds
        self.started = time.monotonic()

    def passed(self) -> dt.datetime | None:
        """Ask V2 once: its as_of if that has passed the instant, else None.

        Raises ProofError when the limit has passed in vain.
        """
        published = as_of(self.v2)
        if published is not None and published > self.core_at:
            return published
        if time.monotonic() - self.started >= self.limit_seconds:
            raise behind(self.core_at, published, self.limit_seconds)
        return None

    def wait(self, tell: Callable[[str], None]) -> dt.datetime:
        """Ask until it has passed, and tell each second what is waited for; returns V2's as_of."""
        told_seconds = 0
        while (published := self.passed()) is None:
            waited_seconds = time.monotonic() - self.started
            if waited_seconds >= told_seconds + 1:
                told_seconds = int(waited_seconds)
                tell(f"{told_seconds} s: waiting for V2 to pass {self.core_at.isoformat()}")
            time.sleep(BARRIER_POLL_SECONDS)
        return published


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
