"""Writes into the core: its schema, its merchants, a seeded history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

import psycopg

from settlement_platform.errors import SettlementError
from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.history import Chunk, history
from settlement_platform.simulator.operations import (
    StatementName,
    merchant_values,
    transaction_values,
)
from settlement_platform.simulator.rows import Merchant, history_txn_id
from settlement_platform.simulator.statement_files import script_text, statement_text

CONNECT_TIMEOUT_SECONDS = 5
APPLICATION_NAME = "settlement-simulator"
"""What pg_stat_activity calls the simulator's connections."""
SCHEMA_SCRIPTS = ("schema.sql", "capture_role.sql", "app_grants.sql", "event_tables.sql")
LAST_SERIAL = 999_999_999

COPY_TRANSACTIONS = b"COPY transactions_to_settle FROM STDIN"
COPY_ANSWERS = b"COPY payment_gateway_response FROM STDIN"

Progress = Callable[[int, int], None]


def connect(core_dsn: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection on which every statement is its own commit. Raises psycopg.OperationalError."""
    return psycopg.connect(
        core_dsn,
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        application_name=APPLICATION_NAME,
    )


def apply_schema(admin_dsn: str) -> None:
    """Makes the core's tables, publication and grants; applied again, it changes nothing.

    The roles settlement_capture and core_app must exist. Raises SettlementError.
    """
    try:
        with connect(admin_dsn) as connection, connection.transaction():
            for script in SCHEMA_SCRIPTS:
                connection.execute(script_text(script))
    except psycopg.Error as error:
        raise SettlementError(
            f"the core's schema cannot be applied: {_first_line(error)}",
            "connect as the core's superuser, with roles settlement_capture and core_app made",
        ) from error


def load_history(
    core_dsn: str,
    seed: int,
    transactions: int = 200_000,
    days: int = 90,
    until: dt.datetime | None = None,
    on_progress: Progress | None = None,
) -> AnswerKey:
    """Copies a seeded history into the core, a commit a chunk, and returns its answer key.

    `until` is now unless given; `on_progress` gets the payments written so far and in all.
    Raises SettlementError if this seed's history is there already, or the core cannot be written.
    """
    until = until or dt.datetime.now(dt.UTC)
    key, done = AnswerKey(), 0
    try:
        with connect(core_dsn) as connection:
            refuse_used_seed(connection, "history", seed, history_txn_id)
            for chunk in history(seed, transactions, days, until):
                write_chunk(connection, chunk)
                for row in chunk.transactions:
                    key.add(row)
                done += len(chunk.transactions)
                if on_progress is not None:
                    on_progress(done, transactions)
    except psycopg.Error as error:
        raise core_error(error) from error
    return key


def history_is_loaded(core_dsn: str, seed: int) -> bool:
    """True if the core has payments of this seed's history. Raises SettlementError."""
    try:
        with connect(core_dsn) as connection:
            return _seed_is_used(connection, seed, history_txn_id)
    except psycopg.Error as error:
        raise core_error(error) from error


def ensure_merchants(
    connection: psycopg.Connection[tuple[object, ...]], merchants: Iterable[Merchant]
) -> None:
    """Inserts the merchants that the core does not have, in one commit."""
    with connection.transaction(), connection.cursor() as cursor:
        rows = [merchant_values(merchant) for merchant in merchants]
        cursor.executemany(statement_text(StatementName.INSERT_MERCHANT), rows)


def refuse_used_seed(
    connection: psycopg.Connection[tuple[object, ...]],
    what: str,
    seed: int,
    txn_id: Callable[[int, int], str],
) -> None:
    """Raises SettlementError if the core has payments of this seed: their ids would meet."""
    if _seed_is_used(connection, seed, txn_id):
        raise SettlementError(
            f"the core already has the {what} of seed {seed}",
            "take another seed, or purge the stack and start again",
        )


def core_error(error: psycopg.Error) -> SettlementError:
    """The error that a person reads when the core refuses something."""
    return SettlementError(
        f"the core cannot be written: {_first_line(error)}",
        "see that the core database runs, has its schema, and that its DSN is right",
    )


def write_chunk(connection: psycopg.Connection[tuple[object, ...]], chunk: Chunk) -> None:
    """Copies rows into the core, its merchants first, its payments and answers in one commit."""
    if chunk.merchants:
        ensure_merchants(connection, chunk.merchants)
    with connection.transaction():
        rows = (tuple(transaction_values(row).values()) for row in chunk.transactions)
        _copy(connection, COPY_TRANSACTIONS, rows)
        _copy(connection, COPY_ANSWERS, chunk.answers)


def _seed_is_used(
    connection: psycopg.Connection[tuple[object, ...]],
    seed: int,
    txn_id: Callable[[int, int], str],
) -> bool:
    first, last = txn_id(seed, 1), txn_id(seed, LAST_SERIAL)
    found = connection.execute(
        script_text("seed_is_used.sql"),
        {"first_txn_id": first, "last_txn_id": last, "prefix": first.rpartition("-")[0] + "-"},
    )
    return found.fetchone() is not None


def _copy(
    connection: psycopg.Connection[tuple[object, ...]],
    statement: bytes,
    rows: Iterable[Sequence[object]],
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _first_line(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0]
