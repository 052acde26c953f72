"""A Flink job of the local stack, built anew and proven before it serves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.conninfo import make_conninfo

from settlement_platform.config import Settings
from settlement_platform.errors import ProofError
from settlement_platform.proof.telling import Tell
from settlement_platform.proof.verify import verify
from settlement_platform.proof.verify_verdict import render
from settlement_platform.storage.beside import SEARCH_PATH
from settlement_platform.storage.engine import reached
from settlement_platform.streaming import rebuild as streaming
from settlement_platform.streaming.cluster import local_cluster
from settlement_platform.streaming.jobs import job_spec, job_specs


@contextmanager
def local_place(settings: Settings) -> Iterator[streaming.Place]:
    """The local stack, as a rebuild needs to know it. Raises StorageError where V2 is away."""
    dsn = settings.v2_owner_dsn
    with reached(dsn) as serving, reached(dsn, SEARCH_PATH) as aside:
        yield streaming.Place(local_cluster(settings), serving, aside)


def prove_beside(settings: Settings, tell: Tell) -> None:
    """Compare the tables beside with the core. Raises ProofError when they differ."""
    v2 = make_conninfo(settings.v2_dsn, options=f"-c search_path={SEARCH_PATH}")
    verdict = verify(settings.core_dsn, v2, on_progress=tell)
    if not verdict.ok:
        raise ProofError(
            f"the tables beside are not the core's:\n{render(verdict)}",
            "mend the job's SQL and run the command again; those that serve are as they were",
        )


def rebuild(settings: Settings, job: str, tell: Tell) -> str:
    """Build a job anew beside the one that serves, prove it, and let it take over.

    Returns Flink's id of the job that serves. Raises SettlementError.
    """
    spec = job_spec(job)
    followed = [one for one in job_specs().values() if one.is_told_by_as_of or one is spec]
    with local_place(settings) as place:
        return streaming.rebuild(place, spec, followed, lambda: prove_beside(settings, tell), tell)


def abandon(settings: Settings, job: str) -> None:
    """Take away what was built beside a job; what serves is not touched. Raises SettlementError."""
    spec = job_spec(job)
    with local_place(settings) as place:
        streaming.abandon(place, spec)
