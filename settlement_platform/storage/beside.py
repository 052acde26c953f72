"""Tables that are built beside those that serve, and change places with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import Column, Engine, text
from sqlalchemy.exc import OperationalError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from settlement_platform.contracts.scalars import Base
from settlement_platform.contracts.tiles import DERIVED_TABLES, TILE_CHANGES
from settlement_platform.contracts.v2 import OWNER, AsOf, Transaction
from settlement_platform.errors import StorageError
from settlement_platform.storage.deployments import Deployment, forget_in, write_down_in

BESIDE: Literal["v2_beside"] = "v2_beside"
BEFORE: Literal["v2_before"] = "v2_before"
SEARCH_PATH = f"{BESIDE},public"
"""Whoever connects with it meets the table beside where there is one."""
LOCK_MS = 500
"""Less than PostgreSQL's deadlock_timeout: where a reader and the swap wait for each other, the
swap gives way, and no answer fails."""
TRIES = 40


def tables_in(engine: Engine, schema: str) -> set[str]:
    """The names of the tables in a schema of V2."""
    statement = text("SELECT tablename FROM pg_tables WHERE schemaname = :schema")
    with engine.connect() as connection:
        return set(connection.scalars(statement, {"schema": schema}))


def build(engine: Engine, names: Sequence[str]) -> None:
    """Empty tables beside those that serve, with an as_of of their own; what is there stays."""
    there = tables_in(engine, BESIDE)
    with engine.begin() as connection:
        for name in (*_moving(names), AsOf.__tablename__):
            if name not in there:
                connection.execute(text("SELECT sp_v2_build_beside(:name)"), {"name": name})


def _moving(names: Sequence[str]) -> list[str]:
    """The tables that change places: those named, and those derived from transactions."""
    if Transaction.__tablename__ not in names:
        return list(names)
    return [*names, *(model.__tablename__ for model in DERIVED_TABLES), TILE_CHANGES.name]


def take_back(engine: Engine, names: Sequence[str], wanted: Deployment) -> None:
    """The tables that served before, put beside those that serve, and their job's deployment."""
    with engine.begin() as connection:
        write_down_in(connection, wanted)
        for name in _moving(names):
            connection.execute(text(f"DROP TABLE IF EXISTS {BESIDE}.{name}"))
            connection.execute(text(f"ALTER TABLE {BEFORE}.{name} SET SCHEMA {BESIDE}"))


def drop(engine: Engine) -> None:
    """Every table beside, gone."""
    with engine.begin() as connection:
        for name in sorted(tables_in(engine, BESIDE)):
            connection.execute(text(f"DROP TABLE {BESIDE}.{name}"))


def promote(
    engine: Engine, names: Sequence[str], deployments: Sequence[Deployment], ended: Sequence[str]
) -> None:
    """The tables beside serve from now on; deployments are written down in the same transaction.

    `ended` are the jobs that are deployed no more. What V2 owns in the rows comes along. Readers
    that are under way are waited for a moment, and never made to wait behind us for long. Raises
    StorageError when they do not end.
    """
    carried = [statement for name in names if (statement := _carry_over(name))]
    try:
        for attempt in Retrying(
            retry=retry_if_exception_type(OperationalError),
            stop=stop_after_attempt(TRIES),
            reraise=True,
        ):
            with attempt, engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_MS}ms'"))
                for statement in carried:
                    connection.execute(text(statement))
                connection.execute(text("SELECT sp_v2_promote(:names)"), {"names": _moving(names)})
                connection.execute(text(f"DROP TABLE IF EXISTS {BESIDE}.{AsOf.__tablename__}"))
                for job_name in ended:
                    forget_in(connection, job_name)
                for deployment in deployments:
                    write_down_in(connection, deployment)
    except OperationalError as error:
        raise StorageError(
            f"the tables could not change places, {TRIES} times: {error.orig}",
            "end what reads them for long (pg_stat_activity), then run the command again",
        ) from error


def _is_carried(column: Column[object]) -> bool:
    is_stamp = column.server_default is not None and "clock_timestamp" in str(
        getattr(column.server_default, "arg", "")
    )
    return column.info.get(OWNER) == "v2" and not column.primary_key and not is_stamp


def _carry_over(name: str) -> str | None:
    """The statement that brings what V2 owns in a table's rows to the table beside it. Pure."""
    table = Base.metadata.tables[name]
    owned = [column.name for column in table.columns if _is_carried(column)]
    if not owned:
        return None
    keys = " AND ".join(f"new.{key.name} = old.{key.name}" for key in table.primary_key)
    values = ", ".join(f"{column} = old.{column}" for column in owned)
    new, old = (", ".join(f"{side}.{column}" for column in owned) for side in ("new", "old"))
    return (
        f"UPDATE {BESIDE}.{name} AS new SET {values} FROM public.{name} AS old "
        f"WHERE {keys} AND ({new}) IS DISTINCT FROM ({old})"
    )
