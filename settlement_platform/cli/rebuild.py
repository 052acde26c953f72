"""`settlement rebuild`: changed SQL that the running job's state does not fit, without a gap."""

from __future__ import annotations

from typing import Annotated

import typer
from psycopg.conninfo import make_conninfo

from settlement_platform.cli.terminal import current, steps
from settlement_platform.config import Settings
from settlement_platform.errors import ProofError, SettlementError
from settlement_platform.proof.verify import verify
from settlement_platform.proof.verify_verdict import render
from settlement_platform.storage.beside import SEARCH_PATH
from settlement_platform.storage.engine import engine
from settlement_platform.streaming import rebuild as streaming
from settlement_platform.streaming.cluster import local_cluster
from settlement_platform.streaming.jobs import job_specs


def place_of(settings: Settings) -> streaming.Place:
    """The local stack, as a rebuild needs to know it."""
    return streaming.Place(
        local_cluster(settings),
        engine(settings.v2_owner_dsn),
        engine(settings.v2_owner_dsn, SEARCH_PATH),
    )


def prove_beside(settings: Settings, tell: streaming.Tell) -> None:
    """Compare the tables beside with the core. Raises ProofError when they differ."""
    v2 = make_conninfo(settings.v2_dsn, options=f"-c search_path={SEARCH_PATH}")
    verdict = verify(settings.core_dsn, v2, on_progress=tell)
    if not verdict.ok:
        raise ProofError(
            f"the tables beside are not the core's:\n{render(verdict)}",
            "mend the job's SQL and run the command again; those that serve are as they were",
        )


def rebuild(
    job: Annotated[str, typer.Argument(help="The Flink job, a folder of flink_sql/jobs.")],
    abandon: Annotated[
        bool, typer.Option("--abandon", help="Take away what was built beside, and no more.")
    ] = False,
) -> None:
    """Build a job anew beside the one that serves, prove it, and let it take over."""
    settings, specs = current(), job_specs()
    if job not in specs:
        raise SettlementError(f"there is no job '{job}'", f"take one of {', '.join(specs)}")
    place = place_of(settings)
    with steps() as told:
        if abandon:
            streaming.abandon(place, specs[job])
            told.done(f"{job}: nothing stands beside it any more")
            return
        job_id = streaming.rebuild(
            place,
            specs[job],
            list(specs.values()),
            lambda: prove_beside(settings, told.progress),
            told.progress,
        )
        told.done(f"{job} serves as {job_id}")
