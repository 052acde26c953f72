"""Roles and databases of the three servers. Repeatable."""

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
}
# server -> roles, and the owner of each database
WANTED: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "core-postgres": (CORE_ROLES, {CORE_DATABASE: "postgres"}),
    "v2-postgres": (V2_ROLES, {V2_DATABASE: "v2_owner"}),
    "dagster-postgres": ({"dagster": "LOGIN"}, {DAGSTER_DATABASE: "dagster"}),
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


def make_databases(settings: Settings, server: str) -> None:
    """The roles and databases of one server."""
    roles, owners = WANTED[server]
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
