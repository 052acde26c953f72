"""What was last deployed as each Flink job: written down before it is done, so that a crash in
between is seen afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from settlement_platform.contracts.v2 import JobDeployment

_LOCK_CLASS = 7107


@dataclass(frozen=True)
class Deployment:
    """The newest deployment of one job. `restored_from` is None for a start from nothing."""

    job_name: str
    spec_hash: str
    flink_job_id: str | None
    restored_from: str | None


def deployment(engine: Engine, job_name: str) -> Deployment | None:
    """The newest deployment of a job, None when it never had one."""
    wanted = (
        JobDeployment.job_name,
        JobDeployment.spec_hash,
        JobDeployment.flink_job_id,
        JobDeployment.restored_from,
    )
    with engine.connect() as connection:
        row = connection.execute(select(*wanted).where(JobDeployment.job_name == job_name)).first()
    return None if row is None else Deployment(*row)


def write_down(engine: Engine, wanted: Deployment) -> None:
    """Keep this as the newest deployment of its job."""
    with engine.begin() as connection:
        write_down_in(connection, wanted)


def write_down_in(connection: Connection, wanted: Deployment) -> None:
    """The same, within a transaction."""
    values = {
        "spec_hash": wanted.spec_hash,
        "flink_job_id": wanted.flink_job_id,
        "restored_from": wanted.restored_from,
        "deployed_at": func.clock_timestamp(),
    }
    statement = insert(JobDeployment).values(job_name=wanted.job_name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["job_name"], set_=values))


def forget(engine: Engine, job_name: str) -> None:
    """A job that is not deployed any more."""
    with engine.begin() as connection:
        forget_in(connection, job_name)


def forget_in(connection: Connection, job_name: str) -> None:
    """The same, within a transaction."""
    connection.execute(delete(JobDeployment).where(JobDeployment.job_name == job_name))


@contextmanager
def only_one(engine: Engine, job_name: str) -> Iterator[None]:
    """Two convergences of one job never meet: the second waits for the first."""
    with engine.connect() as connection:
        key = {"class": _LOCK_CLASS, "job": job_name}
        connection.execute(text("SET statement_timeout = '300s'"))
        connection.execute(text("SELECT pg_advisory_lock(:class, hashtext(:job))"), key)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:class, hashtext(:job))"), key)
            connection.rollback()
