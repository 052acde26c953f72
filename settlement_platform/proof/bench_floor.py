"""The floor: PostgreSQL's own logical replication of the same rows to a second database.

It runs beside the stream in the same run, from the same core to the same server as V2, so that
both meet the same load. A subscriber keeps the publisher's commit timestamps as its own, so when a
row arrived is told by a trigger, which stamps it as it is applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from settlement_platform.config import Settings
from settlement_platform.contracts.core import TransactionToSettle
from settlement_platform.proof.bench_pgbench import SQL_DIR
from settlement_platform.proof.bench_scratch import (
    administrator,
    create_database,
    drop_database,
    has_database,
    in_database,
)

FLOOR = "bench_floor"
"""Name of the database, the publication, the subscription and the slot."""

CAPTURE_ROLE = "settlement_capture"
RELEASE_SECONDS = 10.0


def subscriber_table() -> str:
    """The published table as the contract has it."""
    return str(CreateTable(TransactionToSettle.__table__).compile(dialect=postgresql.dialect()))  # type: ignore[arg-type,no-untyped-call]


def _remove_subscription(settings: Settings) -> None:
    with administrator(settings.v2_admin_dsn) as v2:
        if not has_database(v2, FLOOR):
            return
        with administrator(in_database(settings.v2_admin_dsn, FLOOR)) as floor:
            found = floor.execute(
                "SELECT FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid "
                "WHERE d.datname = current_database() AND s.subname = %s",
                [FLOOR],
            )
            if found.rowcount:
                name = sql.Identifier(FLOOR)
                floor.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(name))
                # Without its slot it can be dropped even when the core does not answer.
                floor.execute(sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(name))
                floor.execute(sql.SQL("DROP SUBSCRIPTION {}").format(name))
        drop_database(v2, FLOOR)


def _remove_slot(core: psycopg.Connection) -> None:
    slot = "FROM pg_replication_slots WHERE slot_name = %s"
    for attempt in Retrying(
        retry=retry_if_exception_type(psycopg.errors.ObjectInUse),
        stop=stop_after_delay(RELEASE_SECONDS),
        wait=wait_fixed(0.1),
        reraise=True,
    ):
        with attempt:
            # Its reader may be on its way out still.
            core.execute(f"SELECT pg_terminate_backend(active_pid) {slot} AND active", [FLOOR])
            core.execute(f"SELECT pg_drop_replication_slot(slot_name) {slot}", [FLOOR])


def remove_floor(settings: Settings) -> None:
    """Take away what a floor is made of, as far as it is there: a slot would hold the log back."""
    try:
        _remove_subscription(settings)
    finally:
        with administrator(settings.core_admin_dsn) as core:
            _remove_slot(core)
            core.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(FLOOR)))


def _make_floor(settings: Settings) -> None:
    with administrator(settings.core_admin_dsn) as core:
        core.execute(
            sql.SQL("CREATE PUBLICATION {} FOR TABLE {}").format(
                sql.Identifier(FLOOR), sql.Identifier(TransactionToSettle.__tablename__)
            )
        )
    with administrator(settings.v2_admin_dsn) as v2:
        create_database(v2, FLOOR, "postgres")
    source = make_conninfo(
        settings.core_admin_dsn, user=CAPTURE_ROLE, password=settings.secret(CAPTURE_ROLE)
    )
    with administrator(in_database(settings.v2_admin_dsn, FLOOR)) as floor:
        floor.execute(subscriber_table().encode())
        floor.execute((SQL_DIR / "bench_floor.sql").read_text().encode())
        # The statement holds a password: a server that refuses it must not log it.
        floor.execute("SET log_min_error_statement = panic")
        floor.execute(
            sql.SQL(
                "CREATE SUBSCRIPTION {name} CONNECTION {source} PUBLICATION {name} "
                "WITH (copy_data = false)"
            ).format(name=sql.Identifier(FLOOR), source=sql.Literal(source))
        )


@contextmanager
def floor(settings: Settings) -> Iterator[str]:
    """A floor that replicates from now on; yields the DSN of its database.

    Leftovers of an earlier one are cleared away first, and it is taken away at the end, whatever
    happened in between.
    """
    remove_floor(settings)
    try:
        _make_floor(settings)
        yield in_database(settings.v2_admin_dsn, FLOOR)
    finally:
        remove_floor(settings)


def floor_pids(settings: Settings) -> list[int]:
    """The processes that replicate: the sender on the core, the applier on V2's server."""
    with administrator(settings.core_admin_dsn) as core:
        sender = core.execute(
            "SELECT pid FROM pg_stat_replication WHERE application_name = %s", [FLOOR]
        ).fetchall()
    with administrator(settings.v2_admin_dsn) as v2:
        applier = v2.execute(
            "SELECT pid FROM pg_stat_subscription WHERE subname = %s AND pid IS NOT NULL", [FLOOR]
        ).fetchall()
    return [row[0] for row in (*sender, *applier)]
