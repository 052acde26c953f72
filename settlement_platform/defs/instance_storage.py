"""Dagster's PostgreSQL storage on connections that stay open (docs/decisions/011)."""

from __future__ import annotations

from functools import cache
from typing import Any

from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import pg_url_from_config
from sqlalchemy import Engine, create_engine

POOL_SIZE = 4
OVERFLOW = 12


@cache
def _pool(url: str) -> Engine:
    """This process's connections, shared by all instances in it: a tick makes an instance anew."""
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_pre_ping=True,
        pool_size=POOL_SIZE,
        max_overflow=OVERFLOW,
    )


class PooledPostgresStorage(DagsterPostgresStorage):
    """dagster-postgres opens a connection for each question: fifteen a second when all is well."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> PooledPostgresStorage:
        """The storage of dagster.yaml's `postgres_db`; tables are looked for once a process."""
        url = pg_url_from_config(config_value)
        first = not _pool.cache_info().currsize
        storage = cls(url, should_autocreate_tables=first, inst_data=inst_data)
        parts: tuple[Any, ...] = (
            storage.run_storage,
            storage.event_log_storage,
            storage.schedule_storage,
        )
        for part in parts:
            part._engine = _pool(url)  # no public way: `optimize_for_webserver` makes a pool each
        return storage
