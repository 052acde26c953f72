"""What to do about a Flink job: from what is wanted and what is there to one action. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from settlement_platform.errors import StreamingError
from settlement_platform.storage.deployments import Deployment
from settlement_platform.streaming.flink_client import Job


@dataclass(frozen=True)
class Keep:
    """It runs as it should."""

    job_id: str


@dataclass(frozen=True)
class Start:
    """It never ran: begin at the beginning of its topics."""


@dataclass(frozen=True)
class Resume:
    """It does not run, but has state: go on from there."""

    path: str


@dataclass(frozen=True)
class Upgrade:
    """It runs as it was before a change: stop it at a savepoint and go on from there."""

    job_id: str


Action = Keep | Start | Resume | Upgrade


def decide(
    name: str,
    code_version: str,
    jobs: list[Job],
    last: Deployment | None,
    newest_state: str | None,
) -> Action:
    """The one action that makes the job what it should be.

    `newest_state` is the newest checkpoint or savepoint of the last deployment. Raises
    StreamingError where every action would run a second copy.
    """
    alive = [job for job in jobs if job.name == name and job.alive]
    if len(alive) > 1:
        ids = ", ".join(job.job_id for job in alive)
        raise StreamingError(
            f"{len(alive)} jobs named {name} run at once ({ids})",
            "cancel all but the newest in the Flink UI, then run 'settlement up'",
        )
    if alive:
        unchanged = last is not None and last.spec_hash == code_version
        return Keep(alive[0].job_id) if unchanged else Upgrade(alive[0].job_id)
    if newest_state is not None:
        return Resume(newest_state)
    if last is None or last.restored_from is None:
        # Nothing was ever kept for it: this is its first start, or one that ended before its first
        # checkpoint, which is the same.
        return Start()
    raise StreamingError(
        f"{name} does not run, and the state that it began from ({last.restored_from}) is gone",
        "restore the checkpoint folder; starting from nothing would need a rebuild of its tables",
    )
