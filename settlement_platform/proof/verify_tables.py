"""What `verify` compares: the tables, their columns, and the statements for either database.

Each table has two files in sql/: what V2 must hold computed from the core, and what V2 holds, with
the same column names. One wrapper, the same for both, turns their rows into canonical text.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from settlement_platform.contracts.v2 import MerchantMaster, RealtimeAggregate, Transaction

Database = Literal["core", "v2"]

SQL_DIR = Path(__file__).parent / "sql"
WANTED_MARK = "-- wanted: "
"""Begins the comment in a file that narrows it to the keys in the table `wanted`."""

STAGES = ("attempted", "captured", "reconciled", "settled", "failed")


@dataclass(frozen=True)
class ComparedTable:
    """One table of V2 that is recomputed from the core; columns as both files name them."""

    name: str
    file: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    group: tuple[str, ...] = ()
    """Columns by which digests are taken, besides the key's hash; a date comes last."""
    version: str = "source_lsn"
    """SQL over V2's columns: position in the core's log of the newest change that a row holds."""
    of_sums: bool = False
    """Whether a row sums many: a wrong one can look right once a later change made up for it."""


TRANSACTIONS = ComparedTable(
    Transaction.__tablename__,
    "transactions",
    key=("transaction_id",),
    values=(
        "merchant_id",
        "amount_paise",
        "payment_method",
        "transaction_date",
        "source_type",
        "status",
        "created_at",
        "captured_at",
        "reconciled_at",
        "settled_at",
        "paid_out_at",
        "settlement_batch_id",
        "gateway",
        "failure_code",
        "failure_owner",
    ),
    group=("transaction_date",),
    version="GREATEST(source_lsn, gateway_lsn)",
)
MERCHANTS = ComparedTable(
    MerchantMaster.__tablename__,
    "merchants",
    key=("merchant_id",),
    values=("merchant_name", "settlement_cycle_days", "rolling_reserve_bps", "updated_at"),
)
AGGREGATES = ComparedTable(
    RealtimeAggregate.__tablename__,
    "aggregates",
    key=(
        "bucket_grain",
        "bucket_start_at",
        "transaction_date",
        "merchant_id",
        "payment_method",
        "source_type",
    ),
    values=tuple(f"{stage}_{unit}" for stage in STAGES for unit in ("count", "paise")),
    group=("bucket_grain", "transaction_date"),
    of_sums=True,
)
COMPARED_TABLES = (TRANSACTIONS, MERCHANTS, AGGREGATES)


def canonical(column: str) -> str:
    """SQL that writes a column as text, the same on any server that writes dates as ISO does.

    Instants in UTC to the microsecond; amounts, counts and rates as plain decimals without trailing
    zeros, so that 100.00 is 100 and half a paisa stays visible.
    """
    if column.endswith("_at"):
        return f"({column} AT TIME ZONE 'UTC')::text"
    if column.endswith(("_paise", "_count", "_days", "_bps")):
        return f"trim_scale({column}::numeric)::text"
    return f"{column}::text"


def _array(columns: tuple[str, ...]) -> str:
    return "ARRAY[" + ", ".join(canonical(column) for column in columns) + "]"


def _facts(table: ComparedTable, database: Database) -> str:
    return (SQL_DIR / f"verify_{database}_{table.file}.sql").read_text()


def _canonical_rows(table: ComparedTable, database: Database, facts: str) -> str:
    """Rows of (group_key text, row_key text[], row_values text[], version bigint)."""
    group = ", ".join(canonical(column) for column in table.group) or "''"
    version = table.version if database == "v2" else "0"
    return (
        f"SELECT concat_ws('/', {group}) AS group_key, {_array(table.key)} AS row_key,\n"
        f"  {_array(table.values)} AS row_values, {version}::bigint AS version\n"
        f"FROM (\n{facts}\n) AS facts"
    )


_SLOT = "group_key || '/' || left(md5(row_key::text), 2)"
_ROW_HASH = "('x' || left(md5(row_key::text || row_values::text), 16))::bit(64)::bigint"


def dates_of(slots: list[str]) -> list[dt.date] | None:
    """The business dates that some slots are of; None when they cannot be told."""
    try:
        return sorted({dt.date.fromisoformat(slot.split("/")[-2]) for slot in slots})
    except ValueError:
        return None


def digests_sql(table: ComparedTable, database: Database) -> str:
    """(slot, rows, sum of the rows' 64-bit hashes). A slot is a 256th of a group.

    Parameters: those of verify_read.Scope.
    """
    return (
        f"SELECT {_SLOT} AS slot, count(*) AS row_count, sum({_ROW_HASH})::text AS hash_sum\n"
        f"FROM (\n{_canonical_rows(table, database, _facts(table, database))}\n) AS side\n"
        "GROUP BY slot"
    )


def rows_sql(table: ComparedTable, database: Database) -> str:
    """(row_key, row_values) of the slots asked for, in the byte order of the key.

    Parameters: those of verify_read.Scope, and slots.
    """
    return (
        f"SELECT row_key, row_values\n"
        f"FROM (\n{_canonical_rows(table, database, _facts(table, database))}\n) AS side\n"
        f'WHERE {_SLOT} = ANY(%(slots)s) ORDER BY row_key COLLATE "C"'
    )


def newer_sql(table: ComparedTable) -> str:
    """row_key of rows of V2 that hold changes after a position in the core's log.

    Parameters: those of verify_read.Scope, lsn, limit_rows.
    """
    return (
        f"SELECT row_key\nFROM (\n{_canonical_rows(table, 'v2', _facts(table, 'v2'))}\n) AS side\n"
        "WHERE version > %(lsn)s LIMIT %(limit_rows)s"
    )


def wanted_sql(table: ComparedTable, database: Database) -> str:
    """(row_key, version, row_values) of the keys asked for, as far as they exist.

    Parameters: those of verify_read.Scope, and key_1, key_2, …: the keys, one array a column.
    """
    names = ", ".join(f"key_{number}" for number in range(1, len(table.key) + 1))
    arrays = ", ".join(f"%(key_{number})s::text[]" for number in range(1, len(table.key) + 1))
    facts = _facts(table, database).replace(WANTED_MARK, "")
    return (
        f"WITH wanted AS (SELECT * FROM unnest({arrays}) AS given ({names}))\n"
        f"SELECT row_key, version, row_values\n"
        f"FROM (\n{_canonical_rows(table, database, facts)}\n) AS side\n"
        f"WHERE row_key IN (SELECT ARRAY[{names}] FROM wanted)"
    )
