"""`settlement rebuild`: changed SQL that the running job's state does not fit, without a gap."""

from __future__ import annotations

from typing import Annotated

import typer

from settlement_platform.cli.terminal import current, steps
from settlement_platform.proof import rebuild as proof


def rebuild(
    job: Annotated[str, typer.Argument(help="The Flink job, a folder of flink_sql/jobs.")],
    abandon: Annotated[
        bool, typer.Option("--abandon", help="Take away what was built beside, and no more.")
    ] = False,
) -> None:
    """Build a job anew beside the one that serves, prove it, and let it take over."""
    settings = current()
    with steps() as told:
        if abandon:
            proof.abandon(settings, job)
            told.done(f"{job}: nothing stands beside it any more")
            return
        job_id = proof.rebuild(settings, job, told.progress)
        told.done(f"{job} serves as {job_id}")
