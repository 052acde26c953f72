"""DEPLOYED: which version of each connector and of each job runs, reported however it came there.

Dagster compares the version that an asset was last materialized with to the one that its code
declares: so "unsynced" in the UI means, after `settlement up` too, that something else runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import dagster as dg

from settlement_platform.config import Settings
from settlement_platform.defs.capture import DECLARED, TABLES
from settlement_platform.defs.cursors import Cursor
from settlement_platform.defs.dead_letters import REPLAY
from settlement_platform.defs.links import Links, captured_links, flink_job_url
from settlement_platform.defs.naming import connector_key, job_key, topic_key
from settlement_platform.defs.resources import Capture, Flink
from settlement_platform.defs.versions import version_tags
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.deployed import DeployedConnector, DeployedJob
from settlement_platform.streaming.jobs import job_specs

LOOK_SECONDS = 30
DECLARED_JOBS = {
    job_key(name).to_user_string(): spec.code_version for name, spec in job_specs().items()
}


@dataclass(frozen=True)
class Told(Cursor):
    """What was reported so far: asset -> its version and, of a job, which one it is.

    `in_step`: asset -> version of the jobs when all of them last ran as declared.
    """

    deployed: Mapping[str, str] = field(default_factory=dict)
    in_step: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Deployment:
    """One thing that is deployed. `version` is a hash; `which` tells one deployment of it from the
    next; `inputs` are the assets that it reads."""

    key: dg.AssetKey
    version: str
    which: str
    inputs: Sequence[dg.AssetKey]
    metadata: Links


def of_job(job: DeployedJob, given: Settings) -> Deployment:
    """A job. Pure."""
    metadata: Links = {
        "deployed_at": dg.MetadataValue.timestamp(job.deployed_at),
        "flink_job_id": dg.MetadataValue.text(job.flink_job_id),
        "flink_ui": dg.MetadataValue.url(flink_job_url(given, job.flink_job_id)),
    }
    spec = job_specs().get(job.name)
    inputs = [] if spec is None else [topic_key(topic) for topic in spec.topics_read]
    return Deployment(job_key(job.name), job.version, job.flink_job_id, inputs, metadata)


def of_connector(connector: DeployedConnector, given: Settings) -> Deployment:
    """A connector. Pure."""
    name = connector.wanted.name
    version = connector.version(DECLARED[name])
    links = captured_links(given, name)
    return Deployment(connector_key(name), version, version, TABLES[name], links)


def to_report(before: Told, seen: Sequence[Deployment]) -> tuple[list[Deployment], Told]:
    """What is deployed otherwise than was last reported, and what will have been. Pure."""
    now = {one.key.to_user_string(): f"{one.version} {one.which}" for one in seen}
    changed = [
        one for one in seen if before.deployed.get(name := one.key.to_user_string()) != now[name]
    ]
    return changed, replace(before, deployed={**before.deployed, **now})


def in_step(before: Told, seen: Sequence[Deployment], declared: Mapping[str, str]) -> Told:
    """The same, with the jobs that run now if all of them run as declared. Pure.

    `declared`: asset -> version.
    """
    jobs = {one.key.to_user_string(): one for one in seen}
    if any(name not in jobs or jobs[name].version != version for name, version in declared.items()):
        return before
    return replace(before, in_step=dict(declared))


def materialization(one: Deployment) -> dg.AssetMaterialization:
    """A deployment as an event that belongs to no run."""
    return dg.AssetMaterialization(
        one.key,
        description="deployed: what runs",
        metadata={"version": one.version, **one.metadata},
        tags=version_tags(one.version, one.inputs),
    )


@dg.sensor(
    job_name=REPLAY,
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Reports the version of each connector and of each Flink job when another is deployed, "
        "whoever deployed it, without a run: an asset is unsynced when its code says otherwise. "
        "Once other SQL runs, dead letters are put back: it may be their fix."
    ),
)
def deployed_versions(
    context: dg.SensorEvaluationContext, capture: Capture, flink: Flink
) -> dg.SensorResult:
    """One look at what V2 has written down of jobs, and at the connectors that Connect has."""
    jobs, connectors = flink.deployed(), capture.deployed()
    given = flink.settings()
    seen = [] if isinstance(jobs, Unread) else [of_job(job, given) for job in jobs]
    if not isinstance(connectors, Unread):
        seen += [of_connector(connector, given) for connector in connectors]
    before = Told.from_cursor(context.cursor)
    reported, after = to_report(before, seen)
    after = in_step(after, seen, DECLARED_JOBS)
    is_other_sql = bool(before.in_step) and before.in_step != after.in_step
    away = [
        f"; {system} does not answer: {one.cause}"
        for system, one in (("V2", jobs), ("Kafka Connect", connectors))
        if isinstance(one, Unread)
    ]
    said = f"{len(reported)} of {len(seen)} deployed anew{''.join(away)}"
    return dg.SensorResult(
        run_requests=[dg.RunRequest()] if is_other_sql else [],
        asset_events=[materialization(one) for one in reported],
        cursor=after.to_cursor(),
        skip_reason=None if is_other_sql else said,
    )


defs = dg.Definitions(sensors=[deployed_versions])
