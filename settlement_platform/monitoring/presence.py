"""Whether the core has the rows that V2 says it has: TRUNCATE is no change that is captured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import Table

from settlement_platform.config import Settings
from settlement_platform.contracts.core import CAPTURED_TABLES, SettlementCanary
from settlement_platform.errors import StorageError
from settlement_platform.monitoring.bounded import Unread, one_line
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of
from settlement_platform.monitoring.database import look, sql

MISSING_SHARE = 0.5
"""Some rows may be deleted and their deletes be on the way; more of them are gone."""


@dataclass(frozen=True)
class Presence:
    """How many rows of V2 were looked for in a table of the core, and how many are there."""

    looked_for: int
    found: int


def presence_check(presence: Mapping[str, Presence] | Unread, table: str) -> list[Check]:
    """The rows of one table. Pure."""
    name = "core_has_the_rows_of_v2"
    if isinstance(presence, Unread):
        # A warning: what it costs that one of the two is away is told by its own checks.
        remedy = "begin with the database that does not answer"
        return [fails(name, presence.cause, remedy, "warning")]
    seen = presence.get(table, Presence(0, 0))
    told = f"{seen.found} of {seen.looked_for} rows that V2 has are in the core's {table}"
    measured = {"looked_for_count": seen.looked_for, "found_count": seen.found}
    if seen.found < seen.looked_for * MISSING_SHARE:
        cause = f"{told}: it was truncated, or deletes never arrived"
        remedy = "see 'TRUNCATE in the core' in docs/runbook.md"
        return [fails(name, cause, remedy, **measured)]
    return [holds(name, told, **measured)]


def sampled_tables() -> dict[str, str]:
    """Table -> its key, of the tables whose rows are looked for."""
    found = {}
    for model in CAPTURED_TABLES:
        table = model.__table__
        assert isinstance(table, Table)
        if model is not SettlementCanary:
            [key] = table.primary_key
            found[table.name] = key.name
    return found


@contextmanager
def _named(database: str, server: str) -> Iterator[None]:
    """Say which of the two does not answer."""
    try:
        yield
    except psycopg.Error as error:
        cause = f"{database} does not answer: {one_line(error)}"
        raise StorageError(cause, read_logs_of(server)) from error


def read_presence(settings: Settings) -> dict[str, Presence]:
    """A sample of V2's rows, looked for in the core. Raises StorageError."""
    keys: dict[str, list[str]] = {table: [] for table in sampled_tables()}
    with _named("V2", "v2-postgres"), look(settings.v2_dsn) as v2:
        for table, key in v2.execute(sql("v2_sample")):
            keys[table].append(key)
    found = {}
    with _named("the core database", "core-postgres"), look(settings.core_dsn) as core:
        for table, column in sampled_tables().items():
            query = f"SELECT count(*) FROM {table} WHERE {column} = ANY(%s)"
            row = core.execute(query.encode(), (keys[table],)).fetchone()
            assert row is not None
            found[table] = Presence(len(keys[table]), row[0])
    return found
