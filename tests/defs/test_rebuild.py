"""A rebuild as a run of Dagster tells where it stands, and its outcome is on the job's asset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from settlement_platform.config import Settings
from settlement_platform.definitions import defs
from settlement_platform.defs.naming import job_key
from settlement_platform.defs.progress import paced
from settlement_platform.defs.rebuild import REBUILD
from settlement_platform.defs.resources import Flink
from settlement_platform.proof.verify import verify
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.jobs import job_specs

JOB = "realtime_aggregates"
NOWHERE_PORT_BASE = 7300


def run(given: Settings, job: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """One run of the job, on a given stack."""
    return defs.resolve_job_def(REBUILD).execute_in_process(
        run_config={"ops": {"build_beside": {"config": {"job": job}}}},
        resources={"flink": Flink(settings=lambda: given)},
        instance=instance,
        raise_on_error=False,
    )


def cause_of(result: dg.ExecuteInProcessResult) -> str:
    [failure] = [event for event in result.all_events if event.is_step_failure]
    error = failure.step_failure_data.error
    assert error is not None
    return str(error.cause or error)


def observed(instance: dg.DagsterInstance) -> list[dict[str, Any]]:
    """What the job's asset was observed to be."""
    records = instance.fetch_observations(job_key(JOB), limit=5).records
    found = [record.asset_observation for record in records]
    return [{k: v.value for k, v in one.metadata.items()} for one in found if one]


def test_a_job_that_there_is_not_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    nowhere = Settings(home=tmp_path, port_base=NOWHERE_PORT_BASE)
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(nowhere, "nothing", instance)
        assert not result.success
        assert f"there is no job 'nothing' → take one of {', '.join(job_specs())}" in cause_of(
            result
        )


def test_a_rebuild_that_cannot_be_is_an_observation_with_its_cause(tmp_path: Path) -> None:
    nowhere = Settings(home=tmp_path, port_base=NOWHERE_PORT_BASE)
    for name in ("v2_owner", "v2_reader"):
        nowhere.secrets_dir.mkdir(parents=True, exist_ok=True)
        (nowhere.secrets_dir / name).write_text("none")
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        result = run(nowhere, JOB, instance)
        assert not result.success
        [seen] = observed(instance)
        assert instance.get_latest_materialization_event(job_key(JOB)) is None
    assert (seen["step"], seen["result"]) == (REBUILD, "failed")
    assert seen["cause"].startswith("V2 does not answer")


def test_each_step_is_told_at_once_and_its_figures_now_and_then() -> None:
    told: list[str] = []
    listen = paced(told.append, pause_seconds=60)
    for line in ("1 of 3 read", "2 of 3 read", "proving", "3 of 3 read"):
        listen(line)
    assert told == ["1 of 3 read", "proving"]


@pytest.mark.e2e
def test_a_rebuilt_job_serves_and_its_asset_says_so(alone: Settings, tmp_path: Path) -> None:
    with (
        FlinkClient(alone.flink) as flink,
        dg.DagsterInstance.local_temp(str(tmp_path)) as instance,
    ):
        [before] = [job.job_id for job in flink.alive(JOB)]
        result = run(alone, JOB, instance)
        assert result.success, cause_of(result)
        [after] = [job.job_id for job in flink.alive(JOB)]
        event = instance.get_latest_materialization_event(job_key(JOB))
        assert event is not None
        assert event.asset_materialization is not None
        told = {k: v.value for k, v in event.asset_materialization.metadata.items()}
        versions = instance.get_latest_materialization_code_versions([job_key(JOB)])
        said = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert after != before
    assert (told["action"], told["flink_job_id"]) == (REBUILD, after)
    assert versions == {job_key(JOB): job_specs()[JOB].code_version}
    for step in ("planning", "proving the tables beside", "the new job serves"):
        assert step in said
    verdict = verify(alone.core_dsn, alone.v2_dsn)
    assert (verdict.missing, verdict.extra, verdict.different) == (0, 0, 0)
