"""Speaking to the core, to V2 and to the topics for a repair: thin, one statement a function."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from settlement_platform.contracts.core import SettlementSignal
from settlement_platform.contracts.scalars import CoreBase
from settlement_platform.proof.telling import Tell
from settlement_platform.proof.verify_diff import Key
from settlement_platform.proof.verify_read import connected, guarded
from settlement_platform.repair.absence import Presence, V2Merchant, V2Payment
from settlement_platform.repair.signals import MERCHANTS, PAYMENTS, READ_AGAIN, read_again
from settlement_platform.storage.sql_files import statements

Tables = tuple[type[CoreBase], ...]
_sql = statements(Path(__file__).parent / "sql")
CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 60
STANDSTILL_SECONDS = 30.0
"""What has not come for so long is taken not to come; the comparison after it tells."""
POLL_SECONDS = 0.2
_BUCKET_PARAMETERS = ("grains", "starts", "dates", "merchants", "methods", "sources")
_WRITE_SIGNAL = f"INSERT INTO {SettlementSignal.__tablename__} (id, type, data) VALUES (%s, %s, %s)"
_FORGET_SIGNAL = f"DELETE FROM {SettlementSignal.__tablename__} WHERE id = %s"
_ARRIVED = {PAYMENTS: ("v2_arrived", "payments"), MERCHANTS: ("v2_merchants_arrived", "merchants")}
_LOG_POSITION = "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint"


def _by_column(buckets: Collection[Key]) -> dict[str, list[str]]:
    columns = zip(*buckets, strict=True)
    return {name: list(column) for name, column in zip(_BUCKET_PARAMETERS, columns, strict=True)}


@contextmanager
def _writing(dsn: str) -> Iterator[psycopg.Connection]:
    options = f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s"
    with psycopg.connect(
        dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS, options=options
    ) as connection:
        yield connection


def read_core(
    core_dsn: str, txn_ids: Collection[str], buckets: Collection[Key]
) -> tuple[dict[str, Presence], set[str], int]:
    """What the core has of these payments, a payment of each of these buckets, and the place of its
    log at which both were seen.

    Raises ProofError.
    """
    with connected(core_dsn, "core") as core, core.view() as seen, guarded("core"):
        rows = core.connection.execute(_sql("core_presence"), {"txn_ids": list(txn_ids)})
        presence = {
            txn_id: Presence(has_payment, has_answer, seen.lsn)
            for txn_id, has_payment, has_answer in rows
        }
        witnesses: set[str] = set()
        if buckets:
            found = core.connection.execute(_sql("core_witnesses"), _by_column(buckets))
            witnesses = {txn_id for (txn_id,) in found}
        return presence, witnesses, seen.lsn


def read_v2_merchants(v2_dsn: str, merchant_ids: Collection[str]) -> list[V2Merchant]:
    """These merchants as V2 has them, as far as it has them. Raises ProofError."""
    with connected(v2_dsn, "v2") as v2, guarded("v2"):
        cursor = v2.connection.cursor(row_factory=class_row(V2Merchant))
        return cursor.execute(_sql("v2_merchants"), {"ids": list(merchant_ids)}).fetchall()


def read_v2(v2_dsn: str, transaction_ids: Collection[str]) -> list[V2Payment]:
    """These payments as V2 has them, as far as it has them. Raises ProofError."""
    with connected(v2_dsn, "v2") as v2, guarded("v2"):
        cursor = v2.connection.cursor(row_factory=class_row(V2Payment))
        ids = {"transaction_ids": list(transaction_ids)}
        return cursor.execute(_sql("v2_payments"), ids).fetchall()


def remove_beyond(v2_owner_dsn: str, transaction_ids: Collection[str], lsn: int) -> None:
    """Mark as deleted what no record of the stream can pass. Raises ProofError."""
    scope = {"transaction_ids": list(transaction_ids), "lsn": lsn}
    with guarded("v2"), _writing(v2_owner_dsn) as v2:
        v2.execute(_sql("v2_remove"), scope)


def empty_buckets(v2_owner_dsn: str, buckets: Collection[Key], lsn: int) -> None:
    """Set buckets to zero that were empty in the core at a place of its log. Raises ProofError."""
    with guarded("v2"), _writing(v2_owner_dsn) as v2:
        v2.execute(_sql("v2_empty_buckets"), {**_by_column(buckets), "lsn": lsn})


def await_arrival(
    v2_dsn: str, keys: Sequence[str], lsn: int, tell: Tell, tables: Tables = PAYMENTS
) -> bool:
    """Wait until V2 has these rows in a version from a place of the core's log on.

    False when they stop coming before all are there. Raises ProofError.
    """
    scope, (query, what) = {"ids": list(keys), "lsn": lsn}, _ARRIVED[tables]
    pause, there, since = threading.Event(), -1, time.monotonic()
    with guarded("v2"), _writing(v2_dsn) as v2:
        while time.monotonic() - since < STANDSTILL_SECONDS:
            row = v2.execute(_sql(query), scope).fetchone()
            found = int(row[0]) if row else 0
            if found >= len(keys):
                return True
            if found > there:
                there, since = found, time.monotonic()
            tell(f"{there:,} of {len(keys):,} {what} are back in V2")
            pause.wait(POLL_SECONDS)
    return False


def ask_again(
    signal_dsn: str, v2_dsn: str, keys: Sequence[str], tell: Tell, tables: Tables = PAYMENTS
) -> bool:
    """Have the connector read these rows again, and wait for them in V2.

    False when not all came. Raises ProofError.
    """
    signal = f"replay-{uuid.uuid4()}"
    with guarded("core"), _writing(signal_dsn) as core:
        row = core.execute(_LOG_POSITION).fetchone()
        lsn = int(row[0]) if row else 0
        core.execute(_WRITE_SIGNAL, (signal, READ_AGAIN, read_again(keys, tables)))
        try:
            return await_arrival(v2_dsn, keys, lsn, tell, tables)
        finally:
            core.execute(_FORGET_SIGNAL, (signal,))
