"""Dagster's instance on PostgreSQL: as dagster.yaml says, on connections that stay open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from settlement_platform.config import LOOPBACK, Settings
from settlement_platform.defs.instance_storage import POOL_SIZE
from settlement_platform.stack.parts import PROJECT_DIR

OPEN = "SELECT pid FROM pg_stat_activity WHERE datname = 'dagster' AND pid <> pg_backend_pid()"


@pytest.fixture
def instance(
    databases: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """An instance of this project's dagster.yaml."""
    monkeypatch.setenv("DAGSTER_PG_PORT", str(databases.port("dagster-postgres")))
    monkeypatch.setenv("DAGSTER_PG_PASSWORD", databases.secret("dagster"))
    (tmp_path / "dagster.yaml").write_text((PROJECT_DIR / "dagster.yaml").read_text())
    with dg.DagsterInstance.from_config(str(tmp_path)) as made:
        yield made


def _admin(databases: Settings) -> psycopg.Connection[tuple[int]]:
    return psycopg.connect(
        host=LOOPBACK,
        port=databases.port("dagster-postgres"),
        user="postgres",
        password=databases.secret("postgres"),
        dbname="postgres",
        autocommit=True,
    )


def _open(admin: psycopg.Connection[tuple[int]]) -> set[int]:
    return {pid for (pid,) in admin.execute(OPEN)}


def test_instances_of_a_process_share_connections_that_stay_open(
    instance: dg.DagsterInstance, databases: Settings
) -> None:
    with _admin(databases) as admin:
        assert instance.get_runs_count() == 0
        before = _open(admin)
        assert 1 <= len(before) <= POOL_SIZE
        with dg.DagsterInstance.from_ref(instance.get_ref()) as another:
            assert another.get_runs_count() == 0
        assert _open(admin) == before


def test_a_connection_that_was_lost_is_replaced(
    instance: dg.DagsterInstance, databases: Settings
) -> None:
    with _admin(databases) as admin:
        assert instance.get_runs_count() == 0
        admin.execute(f"SELECT pg_terminate_backend(pid) FROM ({OPEN}) AS open".encode())
        assert instance.get_runs_count() == 0
