"""Flink's clients, against a real cluster and its gateway, with a job of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from settlement_platform.config import Settings
from settlement_platform.errors import StreamingError
from settlement_platform.streaming.cluster import local_cluster
from settlement_platform.streaming.flink_client import FlinkClient, Job
from settlement_platform.streaming.gateway_client import GatewayClient
from settlement_platform.streaming.jobs import job_specs

pytestmark = pytest.mark.e2e

NAME = "client-test"
UNKNOWN = "0" * 32
NUMBERS = (
    "CREATE TEMPORARY TABLE numbers (n INT)"
    " WITH ('connector' = 'datagen', 'rows-per-second' = '10')"
)
NOWHERE = "CREATE TEMPORARY TABLE nowhere (n INT) WITH ('connector' = 'blackhole')"
WaitFor = Callable[..., None]


@pytest.fixture
def flink(stack_settings: Settings) -> Iterator[FlinkClient]:
    with FlinkClient(stack_settings.flink) as client:
        yield client


@pytest.fixture
def gateway(stack_settings: Settings) -> Iterator[GatewayClient]:
    with GatewayClient(stack_settings.sql_gateway) as client:
        yield client


def submitted(gateway: GatewayClient, select: str) -> str:
    """A job that writes to nowhere what it makes of ten numbers a second."""
    with gateway.session({"pipeline.name": NAME}) as session:
        session.execute(NUMBERS)
        session.execute(NOWHERE)
        job_id = session.execute(f"INSERT INTO nowhere SELECT {select} FROM numbers").job_id
    assert job_id is not None
    return job_id


@pytest.fixture
def job(flink: FlinkClient, gateway: GatewayClient, wait_for: WaitFor) -> Iterator[Job]:
    """A job that runs."""
    job_id = submitted(gateway, "n")
    wait_for(lambda: state(flink, job_id) == "RUNNING", "it does not run")
    # A job says so before its tasks do.
    wait_for(
        lambda: all(vertex.state == "RUNNING" for vertex in flink.vertices(job_id)),
        "its tasks do not run",
    )
    yield Job(job_id, NAME, "RUNNING", 0.0)
    flink.cancel(job_id)


def state(flink: FlinkClient, job_id: str) -> str:
    return next((job.state for job in flink.jobs() if job.job_id == job_id), "absent")


def test_a_job_is_measured_saved_stopped_and_ended(
    flink: FlinkClient, job: Job, stack_settings: Settings, wait_for: WaitFor
) -> None:
    source, *_ = flink.vertices(job.job_id)
    assert (source.parallelism, source.state) == (1, "RUNNING")

    def written() -> dict[str, float]:
        names = ["numRecordsOut", "nothing"]
        return flink.vertex_metrics(job.job_id, source.vertex_id, names)

    def restarts() -> dict[str, float]:
        return flink.metrics(job.job_id, ["numRestarts", "nothing"])

    wait_for(lambda: flink.checkpoints(job.job_id).newest is not None, "it has no checkpoint")
    wait_for(lambda: restarts() == {"numRestarts": 0.0}, "it has no metrics")
    wait_for(lambda: written().get("numRecordsOut", 0) > 0, "it writes nothing")
    assert written().keys() == {"numRecordsOut"}
    directory = local_cluster(stack_settings).savepoints
    saved = flink.savepoint(job.job_id, directory)
    assert state(flink, job.job_id) == "RUNNING"
    stopped_at = flink.stop_with_savepoint(job.job_id, directory)
    for path in (saved, stopped_at):
        assert (Path(urlsplit(path).path) / "_metadata").is_file()
    assert saved != stopped_at
    wait_for(lambda: state(flink, job.job_id) == "FINISHED", "it goes on")
    flink.cancel(job.job_id)
    assert state(flink, job.job_id) == "FINISHED"
    with pytest.raises(StreamingError):
        flink.savepoint(job.job_id, directory)


def test_the_cluster_knows_its_jobs_and_no_others(flink: FlinkClient) -> None:
    running = [job for job in flink.jobs() if job.alive and job.name in job_specs()]
    assert {job.name for job in running} == set(job_specs())
    assert flink.overview()["jobs-running"] >= len(running)
    flink.cancel(UNKNOWN)
    with pytest.raises(StreamingError, match=f"refused GET /jobs/{UNKNOWN}/checkpoints") as told:
        flink.checkpoints(UNKNOWN)
    assert "settlement logs flink-jobmanager" in told.value.remedy


def test_a_job_that_fails_says_why(
    flink: FlinkClient, gateway: GatewayClient, wait_for: WaitFor
) -> None:
    job_id = submitted(gateway, "n / (n - n)")
    try:
        wait_for(lambda: len(flink.failures(job_id, 2)) == 2, "it does not fail")
        newest, before = flink.failures(job_id, 2)
        assert newest.at_seconds >= before.at_seconds > 0
        assert "by zero" in before.cause
        assert flink.exception(job_id) is not None
    finally:
        flink.cancel(job_id)


def test_a_session_has_its_settings_and_runs_statements(gateway: GatewayClient) -> None:
    assert gateway.version().startswith("Apache Flink 2.")
    with gateway.session({"pipeline.name": NAME}) as session:
        assert session.properties()["pipeline.name"] == NAME
        session.execute(NOWHERE)
        assert session.execute("SHOW TABLES").rows == [["nowhere"]]
        with pytest.raises(StreamingError, match=r"nothing.* not found") as told:
            session.execute("SELECT n FROM nothing")
    assert "(in: SELECT n FROM nothing …)" in told.value.cause
    assert told.value.remedy == "mend the statement"
    with pytest.raises(StreamingError):
        session.properties()
