"""Databases that a benchmark makes on V2's server for itself, and takes away again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from settlement_platform.config import Settings
from settlement_platform.errors import ProofError

CONNECT_TIMEOUT_SECONDS = 5
_LOCK = 7108


def in_database(dsn: str, database: str) -> str:
    """The same address and role, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


def administrator(dsn: str) -> psycopg.Connection:
    """A connection for statements that no transaction may hold."""
    return psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS)


@contextmanager
def guarded() -> Iterator[None]:
    """Turn what a database refuses into a ProofError."""
    try:
        yield
    except psycopg.Error as error:
        raise ProofError(
            f"a database refused the benchmark: {' '.join(str(error).split())}",
            "run 'settlement status' to see what runs, then try again",
        ) from error


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """One benchmark at a time: a second would measure the first, and clear its databases away.

    Raises ProofError when one runs already.
    """
    with administrator(settings.v2_admin_dsn) as v2:
        row = v2.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
        if row is None or not row[0]:
            raise ProofError("another benchmark runs on this stack", "wait for its end, or stop it")
        yield


def has_database(v2: psycopg.Connection, database: str) -> bool:
    """Whether V2's server has this database."""
    found = v2.execute("SELECT FROM pg_database WHERE datname = %s", [database])
    return found.rowcount > 0


def drop_database(v2: psycopg.Connection, database: str) -> None:
    """Drop a database, whoever is connected to it."""
    v2.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def create_database(v2: psycopg.Connection, database: str, owner: str) -> None:
    """An empty database."""
    statement = sql.SQL("CREATE DATABASE {} OWNER {}")
    v2.execute(statement.format(sql.Identifier(database), sql.Identifier(owner)))
