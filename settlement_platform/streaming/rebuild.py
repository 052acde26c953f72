"""A job built anew beside the one that serves: for changed SQL that the old state does not fit.

The new job reads its topics from the beginning into tables of its own. Once these are proven, the
two change places in one transaction. The job that served is kept with its state and its tables, so
that its SQL, deployed the same way, takes over again from where it stopped.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from confluent_kafka import KafkaException
from sqlalchemy import Engine

from settlement_platform.errors import StreamingError
from settlement_platform.storage import beside
from settlement_platform.storage.as_of import publish, published
from settlement_platform.storage.deployments import (
    Deployment,
    deployment,
    forget,
    only_one,
)
from settlement_platform.streaming.deploy import Cluster, converge_job, explain
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.jobs import JobSpec
from settlement_platform.streaming.progress import ProgressReader

BESIDE = "-beside"
BEFORE = "-before"
LOOK_SECONDS = 0.5
PASS_SECONDS = 120.0
"""How long the job beside may take to pass the place at which the one that served stopped."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """Where a job is built anew: the cluster, V2 as its owner (the tables that serve, and those
    beside them first), Kafka."""

    cluster: Cluster
    serving: Engine
    aside: Engine

    @property
    def cluster_aside(self) -> Cluster:
        """The cluster, with sinks that write to the tables beside."""
        url = f"{self.cluster.v2_jdbc_url}&currentSchema={beside.SEARCH_PATH}"
        return replace(self.cluster, v2_jdbc_url=url)


def spec_beside(spec: JobSpec) -> JobSpec:
    """The same job under another name, with consumer groups of its own. Pure."""
    name = spec.name + BESIDE
    return replace(spec, name=name, settings={**spec.settings, "pipeline.name": name})


def begins_from(spec: JobSpec, before: Deployment | None) -> str | None:
    """The state that the job beside begins from: that of the same SQL when it served. Pure."""
    return before.restored_from if before and before.spec_hash == spec.code_version else None


def rebuild(
    place: Place, spec: JobSpec, every: list[JobSpec], prove: Callable[[], None], tell: Tell
) -> str:
    """Build a job anew and let it serve; after a crash, call it again and it goes on.

    `prove` compares the tables beside with the core, and raises when they are not right: then they
    stay beside, to be looked at. Returns Flink's id of the job that serves. Raises SettlementError.
    """
    aside, served = spec_beside(spec), deployment(place.serving, spec.name)
    if served and served.spec_hash == spec.code_version and served.flink_job_id is None:
        # It was promoted, and a crash kept it from being submitted.
        return converge_job(place.cluster, place.serving, spec)[1]
    tell("planning")
    explain(place.cluster, spec)
    with only_one(place.serving, f"{spec.name}-rebuild"):
        _begin(place, spec, aside)
        tell("the job beside reads its topics")
        converge_job(place.cluster_aside, place.serving, aside)
        jobs = [aside if one.name == spec.name else one for one in every]
        with _as_of_beside(place, jobs) as progress:
            _await_beside(place, progress, tell)
            tell("proving the tables beside")
            prove()
            # Nobody who finds the job away may start it until the other serves.
            with only_one(place.serving, spec.name):
                tell("the job that served stops")
                stopped_at = _stop(place, spec.name)
                _await_beside(place, progress, tell)
                _promote(place, spec, aside, stopped_at)
    tell("the new job serves")
    return converge_job(place.cluster, place.serving, spec)[1]


def abandon(place: Place, spec: JobSpec) -> None:
    """Take away the job beside and its tables; what serves is not touched."""
    name = spec_beside(spec).name
    with FlinkClient(place.cluster.flink_url) as flink:
        for job in flink.alive(name):
            flink.cancel(job.job_id)
    beside.drop(place.serving)
    forget(place.serving, name)


def _begin(place: Place, spec: JobSpec, aside: JobSpec) -> None:
    """Tables for the job beside: those of an attempt at the same SQL, or new ones."""
    begun, names = deployment(place.serving, aside.name), list(spec.inserts)
    there = beside.tables_in(place.serving, beside.BESIDE)
    if begun is None or begun.spec_hash != aside.code_version or not there.issuperset(names):
        abandon(place, spec)
        state = begins_from(spec, deployment(place.serving, spec.name + BEFORE))
        if state is not None:
            first = Deployment(aside.name, aside.code_version, None, state)
            beside.take_back(place.serving, names, first)
    beside.build(place.serving, names)


@contextmanager
def _as_of_beside(place: Place, specs: list[JobSpec]) -> Iterator[ProgressReader]:
    """Meanwhile the tables beside have an as_of, as those that serve have the keeper's."""
    ending = threading.Event()
    reader = ProgressReader(place.cluster.kafka, specs)

    def follow() -> None:
        while not ending.wait(LOOK_SECONDS):
            try:
                as_of = reader.advance()
            except KafkaException:
                # It stands until Kafka answers again, and whoever waits for it has a bound.
                continue
            if as_of is not None:
                publish(place.aside, as_of)

    follower = threading.Thread(target=follow, name="as-of-beside", daemon=True)
    follower.start()
    try:
        yield reader
    finally:
        ending.set()
        follower.join()
        reader.close()


def _await_beside(place: Place, progress: ProgressReader, tell: Tell) -> None:
    """Until the tables beside are as complete as those that serve."""
    wanted, stands_since = published(place.serving), time.monotonic()
    reached, read = None, progress.seen
    while wanted is not None and (reached is None or reached < wanted):
        found = published(place.aside)
        if (found, progress.seen) != (reached, read):
            reached, read, stands_since = found, progress.seen, time.monotonic()
            tell(
                f"the tables beside are complete up to {reached}, wanted {wanted};"
                f" {sum(read.values())} records read"
            )
        if time.monotonic() - stands_since > PASS_SECONDS:
            raise StreamingError(
                f"the job beside stands at {reached}, the tables that serve at {wanted}",
                "see its exceptions in the Flink UI, then run the command again",
            )
        time.sleep(LOOK_SECONDS)


def _stop(place: Place, name: str) -> str | None:
    """Stop the running job of a name at a savepoint; None when none runs."""
    with FlinkClient(place.cluster.flink_url) as flink:
        running = flink.alive(name)
        if not running:
            return None
        return flink.stop_with_savepoint(running[0].job_id, place.cluster.savepoints)


def _promote(place: Place, spec: JobSpec, aside: JobSpec, stopped_at: str | None) -> None:
    served = deployment(place.serving, spec.name)
    state = _stop(place, aside.name) or place.cluster.newest_state(
        deployment(place.serving, aside.name)
    )
    if state is None:
        raise StreamingError(
            f"{aside.name} left no state to go on from", "run the command again: it starts anew"
        )
    before = spec.name + BEFORE
    deployments = [Deployment(spec.name, spec.code_version, None, state)]
    if served is not None and stopped_at is not None:
        deployments.append(replace(served, job_name=before, restored_from=stopped_at))
    beside.promote(place.serving, list(spec.inserts), deployments, [aside.name, before])
