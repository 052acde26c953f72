"""The job that a replay benchmark runs: the product's own, into a database of its own.

Same statements, same guard, same history; another name and other consumer groups, bulk flushes, and
nothing of it stays behind.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from confluent_kafka import KafkaException

from settlement_platform.config import V2_DATABASE, Settings
from settlement_platform.errors import ProofError
from settlement_platform.kafka import Questions
from settlement_platform.proof.bench_scratch import (
    administrator,
    create_database,
    drop_database,
    in_database,
)
from settlement_platform.storage.engine import engine
from settlement_platform.storage.migrate import upgrade
from settlement_platform.streaming.cluster import local_cluster
from settlement_platform.streaming.deploy import Cluster, converge_job
from settlement_platform.streaming.flink_client import FlinkClient, Job
from settlement_platform.streaming.jobs import JobSpec, job_specs

REPLAY = "bench_replay"
"""Name of the job, of its consumer groups and of its database."""

REPLAYED_JOB = "transaction_enrichment"
BULK = {"flush_interval": "1s", "flush_rows": "2000"}
CANCEL_SECONDS = 30.0
PAUSE_SECONDS = 0.2
KAFKA_SECONDS = 10.0


def replay_spec(live: JobSpec) -> JobSpec:
    """The same job under another name, for bulk: nobody waits for its single rows.

    Its checkpoints go when it is cancelled.
    """
    settings = {
        **live.settings,
        "pipeline.name": REPLAY,
        "execution.checkpointing.interval": "5 s",
        "execution.checkpointing.externalized-checkpoint-retention": "DELETE_ON_CANCELLATION",
    }
    return replace(live, name=REPLAY, settings=settings, variables={**live.variables, **BULK})


def replay_cluster(live: Cluster) -> Cluster:
    """The same Flink, writing to the scratch database."""
    url, _, parameters = live.v2_jdbc_url.partition("?")
    address, _, database = url.rpartition("/")
    if database != V2_DATABASE:
        raise ProofError(
            f"the jobs write to the database '{database}', not to '{V2_DATABASE}'",
            "run the benchmark on a local stack",
        )
    return replace(live, v2_jdbc_url=f"{address}/{REPLAY}?{parameters}")


def remove_replay(settings: Settings) -> None:
    """Cancel the job, and take its groups and its database away, as far as they are there."""
    _cancel(settings)
    with administrator(settings.v2_admin_dsn) as v2:
        drop_database(v2, REPLAY)
    _remove_groups(settings)


def _ours(flink: FlinkClient) -> list[Job]:
    return [job for job in flink.jobs() if job.name == REPLAY]


def _cancel(settings: Settings) -> None:
    flink = FlinkClient(settings.flink)
    deadline = time.monotonic() + CANCEL_SECONDS
    while any(job.alive for job in _ours(flink)):
        if time.monotonic() > deadline:
            raise ProofError(
                f"the job {REPLAY} does not end within {CANCEL_SECONDS:.0f} s",
                "cancel it in the Flink UI",
            )
        for job in _ours(flink):
            if job.alive and job.state != "CANCELLING":
                flink.cancel(job.job_id)
        time.sleep(PAUSE_SECONDS)
    for job in _ours(flink):
        # Flink deletes its checkpoints and leaves the folders that held them.
        folder = local_cluster(settings).state_dir / "checkpoints" / job.job_id
        shutil.rmtree(folder, ignore_errors=True)


def _remove_groups(settings: Settings) -> None:
    groups = list(replay_spec(job_specs()[REPLAYED_JOB]).consumer_groups)
    with Questions(settings.kafka) as kafka:
        asked = kafka.client.delete_consumer_groups(groups, request_timeout=KAFKA_SECONDS)
        for answer in kafka.asked(asked.values()):
            try:
                answer.result(KAFKA_SECONDS)
            except KafkaException as error:
                # A group that never committed an offset does not exist.
                if error.args[0].name() != "GROUP_ID_NOT_FOUND":
                    raise


@contextmanager
def replay_database(settings: Settings) -> Iterator[str]:
    """A second V2, empty, with its guards; yields its owner's DSN. Taken away at the end, and so is
    the job that fills it."""
    remove_replay(settings)
    try:
        with administrator(settings.v2_admin_dsn) as v2:
            create_database(v2, REPLAY, "v2_owner")
        owner_dsn = in_database(settings.v2_owner_dsn, REPLAY)
        upgrade(owner_dsn)
        yield owner_dsn
    finally:
        remove_replay(settings)


def submit_replay(settings: Settings, owner_dsn: str) -> tuple[JobSpec, str]:
    """Start the job from the beginning of its topics. Returns it and Flink's id of it.

    Raises StreamingError when Flink refuses it.
    """
    spec = replay_spec(job_specs()[REPLAYED_JOB])
    scratch = engine(owner_dsn)
    try:
        _, job_id = converge_job(replay_cluster(local_cluster(settings)), scratch, spec)
    finally:
        scratch.dispose()
    return spec, job_id
