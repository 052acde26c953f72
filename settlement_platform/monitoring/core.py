"""Truths of the core: whether it can be captured as the contract says."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects import postgresql

from settlement_platform.capture.connectors import PUBLICATION, SLOT
from settlement_platform.config import Settings
from settlement_platform.contracts.core import CAPTURED_TABLES
from settlement_platform.contracts.topics import CORE_SCHEMA
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of
from settlement_platform.monitoring.clocks import clock_ahead
from settlement_platform.monitoring.database import look, sql
from settlement_platform.monitoring.slot import MIB, SlotReading, slot_checks

Columns = dict[str, dict[str, str]]
"""Table -> column -> PostgreSQL's name of its type."""


@dataclass(frozen=True)
class CoreReading:
    """The core as far as its capture relies on it; `slot` is None when there is none.

    `beat_at` is when its canary last beat, by its own clock, and `clock_ahead_seconds` by how much
    that clock is ahead of this machine's.
    """

    columns: Columns
    identity_not_full: list[str]
    not_published: list[str]
    slot: SlotReading | None
    beat_at: dt.datetime | None = None
    clock_ahead_seconds: float = 0.0


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


def new_columns(wanted: Columns, found: Columns) -> list[tuple[str, str, str]]:
    """Table, column and type of what the core has beyond the contract."""
    return [
        (table, column, data_type)
        for table, columns in wanted.items()
        for column, data_type in found.get(table, {}).items()
        if column not in columns
    ]


def column_differences(wanted: Columns, found: Columns) -> list[str]:
    """What the core has otherwise than the contract. A column that it has beyond is its own,
    unless one of its type is missing: that was renamed, perhaps."""
    different = []
    beyond = new_columns(wanted, found)
    for table, columns in wanted.items():
        there = found.get(table)
        if there is None:
            different.append(f"{table} is missing")
            continue
        for column, data_type in columns.items():
            if column not in there:
                renamed = [new for at, new, its in beyond if (at, its) == (table, data_type)]
                perhaps = f" (renamed to {' or '.join(renamed)}?)" if renamed else ""
                different.append(f"{table}.{column} is missing{perhaps}")
            elif there[column] != data_type:
                different.append(f"{table}.{column} is {there[column]}, not {data_type}")
    return different


def core_checks(core: CoreReading | Unread) -> list[Check]:
    """Every check on the core; a core that does not answer is one failure."""
    if isinstance(core, Unread):
        return [_away(core)]
    return [
        holds("core_answers", "the core database answers"),
        *_tables(contract_columns(), core),
        *capture_checks(core),
    ]


def table_checks(core: CoreReading | Unread, table: str) -> list[Check]:
    """What has to hold of one captured table."""
    if isinstance(core, Unread):
        return [_away(core)]
    return _tables({table: contract_columns()[table]}, core)


def capture_checks(core: CoreReading | Unread) -> list[Check]:
    """What the connector finds in the core: its publication and its slot."""
    if isinstance(core, Unread):
        return [_away(core)]
    return [_publication(core.not_published), *slot_checks(core.slot)]


def _away(core: Unread) -> Check:
    cause = f"the core database does not answer: {core.cause}"
    return fails("core_answers", cause, read_logs_of("core-postgres"))


def _tables(wanted: Columns, core: CoreReading) -> list[Check]:
    not_full = [table for table in core.identity_not_full if table in wanted]
    return [
        _columns(wanted, core.columns),
        _new_columns(wanted, core.columns),
        _replica_identity(not_full),
    ]


def _columns(wanted: Columns, found: Columns) -> Check:
    name, count = "core_columns_are_the_contract", sum(map(len, wanted.values()))
    different = column_differences(wanted, found)
    if different:
        return fails(
            name,
            "; ".join(different),
            "give the core its columns back, or change the contract and deploy the jobs anew; "
            "until then such values arrive as NULL",
            columns_count=count,
            different_count=len(different),
        )
    return holds(name, f"{count} columns", columns_count=count, different_count=0)


def _new_columns(wanted: Columns, found: Columns) -> Check:
    name, new = "core_has_no_new_columns", new_columns(wanted, found)
    if new:
        told = ", ".join(f"{table}.{column} ({data_type})" for table, column, data_type in new)
        remedy = "add them to the contract if somebody needs them; until then nobody reads them"
        return fails(name, f"the core has {told} beyond", remedy, "warning", new_count=len(new))
    return holds(name, "none beyond the contract", new_count=0)


def _replica_identity(not_full: list[str]) -> Check:
    name = "replica_identity_is_full"
    if not_full:
        remedy = "; ".join(f"ALTER TABLE {table} REPLICA IDENTITY FULL" for table in not_full)
        cause = f"updates and deletes come without their old row: {', '.join(not_full)}"
        return fails(name, cause, f"run in the core: {remedy}")
    return holds(name, "a changed row travels with what it was before")


def _publication(not_published: list[str]) -> Check:
    name = "publication_has_the_captured_tables"
    if not_published:
        cause = f"{PUBLICATION} does not have {', '.join(not_published)}"
        remedy = f"ALTER PUBLICATION {PUBLICATION} ADD TABLE {', '.join(not_published)}"
        return fails(name, cause, f"run in the core: {remedy}")
    return holds(name, PUBLICATION)


def read_core(settings: Settings) -> CoreReading:
    """The core's catalog, seen by its application's account. Raises psycopg.Error."""
    tables = list(contract_columns())
    scope: dict[str, Any] = {"schema": CORE_SCHEMA, "tables": tables, "publication": PUBLICATION}
    with look(settings.core_dsn) as connection:
        columns: Columns = {}
        for table, column, data_type in connection.execute(sql("core_columns"), scope):
            columns.setdefault(table, {})[column] = data_type
        asked_at = time.time()
        row = connection.execute(sql("core_beat")).fetchone()
        answered_at = time.time()
        replication = connection.execute(sql("core_replication"), scope).fetchall()
        slot = connection.execute(sql("core_slot"), {"slot": SLOT}).fetchone()
    assert row is not None
    return CoreReading(
        columns,
        [table for table, is_full, _ in replication if not is_full],
        [table for table, _, is_published in replication if not is_published],
        None if slot is None else _slot_reading(slot),
        row[1],
        clock_ahead(row[0], asked_at, answered_at),
    )


def _slot_reading(row: tuple[Any, ...]) -> SlotReading:
    active, wal_status, retained_bytes, limit_mib, left_bytes, written = row
    limit_bytes = None if limit_mib < 0 else limit_mib * MIB
    status = wal_status or "lost"
    return SlotReading(active, status, retained_bytes or 0, limit_bytes, left_bytes, written)
