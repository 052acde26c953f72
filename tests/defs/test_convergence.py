"""Materializing what runs already, on a real stack."""

from __future__ import annotations

import dagster as dg
import pytest

from settlement_platform.capture.connect_client import ConnectClient
from settlement_platform.capture.connectors import CORE_CONNECTOR
from settlement_platform.config import Settings
from settlement_platform.defs import capture, streaming
from settlement_platform.defs.naming import connector_key, job_key
from settlement_platform.defs.resources import Capture, Flink
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.jobs import job_specs


def materialize(keys: list[dg.AssetKey], given: Settings) -> list[dg.AssetMaterialization]:
    """Materialize assets of the chain on a given stack; what was reported, in order."""
    declared = [*(capture.defs.assets or ()), *(streaming.defs.assets or ())]
    assets = [one for one in declared if isinstance(one, dg.AssetsDefinition)]
    resources = {
        "capture": Capture(settings=lambda: given),
        "flink": Flink(settings=lambda: given),
    }
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(assets, selection=keys, instance=instance, resources=resources)
        events = result.get_asset_materialization_events()
        return [event.step_materialization_data.materialization for event in events]


@pytest.mark.e2e
def test_materializing_a_job_that_runs_changes_nothing(stack_settings: Settings) -> None:
    with FlinkClient(stack_settings.flink) as flink:
        before = {job.job_id: job for job in flink.jobs()}
        for name in job_specs():
            [reported] = materialize([job_key(name)], stack_settings)
            assert reported.metadata["action"].value == "keep"
            running = before[str(reported.metadata["flink_job_id"].value)]
            assert (running.name, running.state) == (name, "RUNNING")
        assert {job.job_id: job for job in flink.jobs()} == before


@pytest.mark.e2e
def test_materializing_a_connector_that_runs_changes_nothing(stack_settings: Settings) -> None:
    with ConnectClient(stack_settings.connect) as connect:
        before = connect.config(CORE_CONNECTOR)
        [reported] = materialize([connector_key(CORE_CONNECTOR)], stack_settings)
        said = {name: reported.metadata[name].value for name in ("connector", "topics", "state")}
        assert said == {"connector": "same", "topics": "same", "state": "RUNNING"}
        assert connect.config(CORE_CONNECTOR) == before


@pytest.mark.e2e
def test_one_run_converges_the_connector_before_the_jobs(stack_settings: Settings) -> None:
    jobs = [job_key(name) for name in job_specs()]
    reported = materialize([*jobs, connector_key(CORE_CONNECTOR)], stack_settings)
    assert reported[0].asset_key == connector_key(CORE_CONNECTOR)
    assert {one.asset_key for one in reported[1:]} == set(jobs)
