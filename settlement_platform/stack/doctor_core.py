"""The doctor on the core: whether it can be captured as the contract says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.dialects import postgresql

from settlement_platform.capture.connectors import PUBLICATION, SLOT
from settlement_platform.config import Settings
from settlement_platform.contracts.core import CAPTURED_TABLES
from settlement_platform.contracts.topics import CORE_SCHEMA
from settlement_platform.stack.bounded import Unread
from settlement_platform.stack.checks import Check, fails, holds, read_logs_of

CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT = "-c statement_timeout=5000"
SQL_DIR = Path(__file__).parent / "sql"
MIB = 2**20
RETAINED_SHARE = 0.5
"""A slot that holds back this share of what it may is about to be lost."""

Columns = dict[str, dict[str, str]]
"""Table -> column -> PostgreSQL's name of its type."""


@dataclass(frozen=True)
class SlotReading:
    """The connector's slot. `limit_bytes` is None where the server sets no limit."""

    active: bool
    wal_status: str
    retained_bytes: int
    limit_bytes: int | None


@dataclass(frozen=True)
class CoreReading:
    """The core as the doctor sees it; `slot` is None when there is none."""

    columns: Columns
    identity_not_full: list[str]
    not_published: list[str]
    slot: SlotReading | None


def contract_columns() -> Columns:
    """The columns that we rely on, with their types as PostgreSQL spells them."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return {
        table.__tablename__: {
            column.name: _spelled(column.type.compile(dialect=dialect))
            for column in table.__table__.columns
        }
        for table in CAPTURED_TABLES
    }


def _spelled(compiled: str) -> str:
    """A type as format_type() has it."""
    text = compiled.lower().replace(", ", ",")
    return f"character{text.removeprefix('char')}" if text.startswith("char(") else text


def column_differences(wanted: Columns, found: Columns) -> list[str]:
    """What the core has otherwise than the contract. A column that it has beyond is its own."""
    different = []
    for table, columns in wanted.items():
        there = found.get(table)
        if there is None:
            different.append(f"{table} is missing")
            continue
        for column, data_type in columns.items():
            if column not in there:
                different.append(f"{table}.{column} is missing")
            elif there[column] != data_type:
                different.append(f"{table}.{column} is {there[column]}, not {data_type}")
    return different


def core_checks(core: CoreReading | Unread) -> list[Check]:
    """Every check on the core; a core that does not answer is one failure."""
    if isinstance(core, Unread):
        return [fails("core_answers", core.cause, read_logs_of("core-postgres"))]
    return [
        holds("core_answers", "the core database answers"),
        _columns(core.columns),
        _replica_identity(core.identity_not_full),
        _publication(core.not_published),
        *_slot(core.slot),
    ]


def _columns(found: Columns) -> Check:
    name, wanted = "core_columns_are_the_contract", contract_columns()
    different = column_differences(wanted, found)
    if different:
        return fails(
            name,
            "; ".join(different),
            "give the core its columns back, or change the contract and deploy the jobs anew; "
            "until then such values arrive as NULL",
        )
    count = sum(len(columns) for columns in wanted.values())
    return holds(name, f"{count} columns of {len(wanted)} tables")


def _replica_identity(not_full: list[str]) -> Check:
    name = "replica_identity_is_full"
    if not_full:
        remedy = "; ".join(f"ALTER TABLE {table} REPLICA IDENTITY FULL" for table in not_full)
        cause = f"updates and deletes come without their old row: {', '.join(not_full)}"
        return fails(name, cause, f"run in the core: {remedy}")
    return holds(name, "every captured table")


def _publication(not_published: list[str]) -> Check:
    name = "publication_has_the_captured_tables"
    if not_published:
        cause = f"{PUBLICATION} does not have {', '.join(not_published)}"
        remedy = f"ALTER PUBLICATION {PUBLICATION} ADD TABLE {', '.join(not_published)}"
        return fails(name, cause, f"run in the core: {remedy}")
    return holds(name, PUBLICATION)


def _slot(slot: SlotReading | None) -> list[Check]:
    name, size_name = "slot_is_active", "slot_holds_little_log_back"
    if slot is None:
        cause = f"the slot {SLOT} does not exist"
        remedy = "run 'settlement up'; changes since it was dropped are lost to the stream"
        return [fails(name, cause, remedy)]
    active = holds(name, f"{SLOT} is read")
    if not slot.active:
        active = fails(name, f"nobody reads the slot {SLOT}", read_logs_of("connect"))
    held = f"{slot.retained_bytes / MIB:,.1f} MiB held back"
    limit = "no limit" if slot.limit_bytes is None else f"{slot.limit_bytes / MIB:,.0f} MiB allowed"
    if slot.wal_status in ("lost", "unreserved"):
        size = fails(
            size_name,
            f"the core's log went past the slot ({slot.wal_status}): {held}, {limit}",
            "run 'settlement up' to read the tables anew; changes in the gap are lost to the "
            "stream, 'settlement verify' names them",
        )
    elif slot.limit_bytes and slot.retained_bytes > slot.limit_bytes * RETAINED_SHARE:
        size = fails(size_name, f"{held}, {limit}: the slot will be lost", read_logs_of("connect"))
    else:
        size = holds(size_name, f"{held}, {limit}")
    return [active, size]


def _sql(name: str) -> bytes:
    return (SQL_DIR / name).read_bytes()


def read_core(settings: Settings) -> CoreReading:
    """The core's catalog, seen by its application's account. Raises psycopg.Error."""
    tables = list(contract_columns())
    scope: dict[str, Any] = {"schema": CORE_SCHEMA, "tables": tables, "publication": PUBLICATION}
    with psycopg.connect(
        settings.core_dsn, connect_timeout=CONNECT_TIMEOUT_SECONDS, options=STATEMENT_TIMEOUT
    ) as connection:
        columns: Columns = {}
        for table, column, data_type in connection.execute(_sql("core_columns.sql"), scope):
            columns.setdefault(table, {})[column] = data_type
        replication = connection.execute(_sql("core_replication.sql"), scope).fetchall()
        slot = connection.execute(_sql("core_slot.sql"), {"slot": SLOT}).fetchone()
    return CoreReading(
        columns,
        [table for table, is_full, _ in replication if not is_full],
        [table for table, _, is_published in replication if not is_published],
        None if slot is None else _slot_reading(slot),
    )


def _slot_reading(row: tuple[Any, ...]) -> SlotReading:
    active, wal_status, retained_bytes, limit_mib = row
    limit_bytes = None if limit_mib < 0 else limit_mib * MIB
    return SlotReading(active, wal_status or "lost", retained_bytes or 0, limit_bytes)
