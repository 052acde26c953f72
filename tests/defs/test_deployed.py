"""What is reported of what runs: once, whoever deployed it, under the version that it has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from settlement_platform.capture.local import connector_specs
from settlement_platform.config import Settings
from settlement_platform.definitions import defs
from settlement_platform.defs.capture import DECLARED
from settlement_platform.defs.deployed import (
    Deployment,
    Told,
    deployed_versions,
    in_step,
    materialization,
    of_connector,
    of_job,
    to_report,
)
from settlement_platform.defs.naming import connector_key, job_key
from settlement_platform.defs.versions import CODE_VERSION
from settlement_platform.monitoring.deployed import DeployedConnector, DeployedJob
from settlement_platform.streaming.jobs import job_specs

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
JOB = DeployedJob("a_job", "v1", "id-1", NOW)


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.mark.parametrize(
    ("next_one", "is_reported"),
    [
        (JOB, False),
        (replace(JOB, version="v2", flink_job_id="id-2"), True),
        (replace(JOB, flink_job_id="id-2"), True),
    ],
)
def test_a_deployment_is_reported_once(
    here: Settings, next_one: DeployedJob, is_reported: bool
) -> None:
    first, told = to_report(Told(), [of_job(JOB, here)])
    assert [one.version for one in first] == ["v1"]
    then, _ = to_report(told, [of_job(next_one, here)])
    assert [one.version for one in then] == ([next_one.version] if is_reported else [])


def test_what_could_not_be_read_is_not_forgotten(here: Settings) -> None:
    _, told = to_report(Told(), [of_job(JOB, here)])
    _, told = to_report(told, [])
    assert to_report(told, [of_job(JOB, here)])[0] == []


def test_a_connector_has_the_declared_version_wherever_it_runs_and_another_when_it_differs(
    here: Settings,
) -> None:
    for wanted in connector_specs(here):
        declared = DECLARED[wanted.name]
        running = {**wanted.config, "name": wanted.name}
        assert DeployedConnector(running, wanted).version(declared) == declared.code_version
        other = {**running, "poll.interval.ms": "500"}
        assert DeployedConnector(other, wanted).version(declared) != declared.code_version


def test_other_sql_is_told_of_once_every_job_runs_as_declared(here: Settings) -> None:
    def look(before: Told, declared: str, *versions: str) -> Told:
        names = ["a", "b"]
        seen = [
            of_job(DeployedJob(name, version, f"{name}-{version}", NOW), here)
            for name, version in zip(names, versions, strict=True)
        ]
        wanted = {job_key(name).to_user_string(): declared for name in names}
        return in_step(to_report(before, seen)[1], seen, wanted)

    first = look(Told(), "v1", "v1", "v1")
    halfway = look(first, "v1", "v2", "v1")
    assert halfway.in_step == first.in_step
    # The code that declares it may come last.
    undeclared = look(halfway, "v1", "v2", "v2")
    assert undeclared.in_step == first.in_step
    assert set(look(undeclared, "v2", "v2", "v2").in_step.values()) == {"v2"}


def unsynced(reported: Deployment) -> list[str]:
    """Why Dagster calls an asset unsynced after this report."""
    with dg.DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(materialization(reported))
        graph = defs.resolve_asset_graph()
        resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
        return [cause.reason for cause in resolver.get_stale_root_causes(reported.key)]


def test_what_runs_as_declared_is_in_sync_and_anything_else_is_not(here: Settings) -> None:
    jobs = [
        of_job(DeployedJob(name, spec.code_version, f"{name}-1", NOW), here)
        for name, spec in job_specs().items()
    ]
    connectors = [
        of_connector(DeployedConnector(wanted.config, wanted), here)
        for wanted in connector_specs(here)
    ]
    for one in (*jobs, *connectors):
        assert unsynced(one) == []
        assert unsynced(replace(one, version="other")) == ["has a new code version"]


@pytest.mark.e2e
def test_what_up_deployed_is_what_the_code_declares(
    stack_settings: Settings, tick: Callable[..., dg.SensorResult]
) -> None:
    found = tick(deployed_versions, stack_settings)
    reported = {
        one.asset_key: (one.tags or {})[CODE_VERSION]
        for one in found.asset_events
        if isinstance(one, dg.AssetMaterialization)
    }
    jobs = {job_key(name): spec.code_version for name, spec in job_specs().items()}
    connectors = {connector_key(name): spec.code_version for name, spec in DECLARED.items()}
    assert reported == {**jobs, **connectors}
    assert found.run_requests == []
    again = tick(deployed_versions, stack_settings, cursor=found.cursor)
    assert again.asset_events == []
    older = Told.from_cursor(found.cursor)
    older = replace(older, in_step=dict.fromkeys(older.in_step, "older"))
    [asked] = tick(deployed_versions, stack_settings, cursor=older.to_cursor()).run_requests or []
    assert asked.run_key is None
