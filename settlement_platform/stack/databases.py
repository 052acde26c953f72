"""Roles and databases of the two servers. Repeatable."""

from __future__ import annotations

import psycopg
from psycopg import sql

from settlement_platform.config import (
    CORE_DATABASE,
    DAGSTER_DATABASE,
    LOOPBACK,
    V2_DATABASE,
    Settings,
)

# role -> attributes
CORE_ROLES = {"core_app": "LOGIN", "settlement_capture": "LOGIN REPLICATION"}
V2_ROLES = {
    "v2_owner": "LOGIN",
    "v2_stream": "LOGIN",
    "v2_reader": "LOGIN",
    "v2_api": "LOGIN",
    "v2_capture": "LOGIN REPLICATION",
    "dagster": "LOGIN",
}


def _connect(settings: Settings, server: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=LOOPBACK,
        port=settings.port(server),
        user="postgres",
        password=settings.secret("postgres"),
        dbname="postgres",
        autocommit=True,
    )


def _make(settings: Settings, server: str, roles: dict[str, str], owners: dict[str, str]) -> None:
    with _connect(settings, server) as connection:
        have = {r[0] for r in connection.execute("SELECT rolname FROM pg_roles")}
        for role, attributes in roles.items():
            verb = "ALTER" if role in have else "CREATE"
            connection.execute(
                sql.SQL(f"{verb} ROLE {{}} {attributes} PASSWORD {{}}").format(
                    sql.Identifier(role), sql.Literal(settings.secret(role))
                )
            )
        databases = {r[0] for r in connection.execute("SELECT datname FROM pg_database")}
        for database, owner in owners.items():
            if database not in databases:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(database), sql.Identifier(owner)
                    )
                )


def make_databases(settings: Settings, server: str) -> None:
    """The roles and databases of one server."""
    if server == "core-postgres":
        _make(settings, server, CORE_ROLES, {CORE_DATABASE: "postgres"})
    else:
        _make(settings, server, V2_ROLES, {V2_DATABASE: "v2_owner", DAGSTER_DATABASE: "dagster"})
