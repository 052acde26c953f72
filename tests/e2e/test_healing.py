"""What is away on a real stack is seen, told of once, converged by the run that is asked for, and
told of once more when it is over."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
from pydantic import SecretStr

from settlement_platform.capture.connect_client import ConnectClient, state_of
from settlement_platform.capture.connectors import CORE_CONNECTOR
from settlement_platform.config import Settings
from settlement_platform.defs import capture, streaming
from settlement_platform.defs.converge import converge
from settlement_platform.defs.reporting import chain_checks
from settlement_platform.defs.resources import Capture, Flink
from settlement_platform.proof.verify import verify
from settlement_platform.streaming.flink_client import FlinkClient

pytestmark = pytest.mark.e2e

JOB = "realtime_aggregates"
TRUTHS = ("capture/sabpaisa-core:connector_runs", f"streaming/{JOB}:{JOB}_runs_once")
HEALED_SECONDS = 300.0
STARTED_LOOKS = 3
"""A run that a look asked for has begun so many looks later: the daemon starts it."""

Tick = Callable[..., dg.SensorResult]
Listening = Callable[..., AbstractContextManager[tuple[int, list[dict[str, Any]]]]]


class Watch:
    """The sensor, ticked by hand, and its runs, executed in this process."""

    def __init__(self, given: Settings, instance: dg.DagsterInstance, tick: Tick) -> None:
        self.given, self.instance, self._tick = given, instance, tick
        self.cursor: str | None = None
        self.healed: list[str] = []
        self._looks = 0
        self._asked: list[tuple[int, dg.RunRequest]] = []
        declared = dg.Definitions(
            assets=[*(capture.defs.assets or ()), *(streaming.defs.assets or ())],
            jobs=[converge],
            resources={
                "capture": Capture(settings=lambda: given),
                "flink": Flink(settings=lambda: given),
            },
        )
        self.job = declared.resolve_job_def(converge.name)

    def tick(self) -> None:
        """Look, and do what looks have asked for."""
        self._looks += 1
        found = self._tick(chain_checks, self.given, self.instance, self.cursor)
        self.cursor = found.cursor
        for event in found.asset_events:
            self.instance.report_runless_asset_event(event)
        self._asked += [(self._looks, run) for run in found.run_requests or ()]
        while self._asked and self._looks - self._asked[0][0] >= STARTED_LOOKS:
            _, run = self._asked.pop(0)
            result = self.job.execute_in_process(
                asset_selection=list(run.asset_selection or ()),
                tags=run.tags,
                instance=self.instance,
            )
            assert result.success
            self.healed.append(run.tags["healing"])


def told(letters: list[dict[str, Any]], truth: str, what: str) -> int:
    """How often it was told of a truth that it begins, or that it is over."""
    return sum(f"{truth} {what}" in letter["message"] for letter in letters)


def steps(instance: dg.DagsterInstance) -> list[str]:
    """What Dagster shows on the job's asset: healing, and the alarm that it runs not."""
    records = instance.fetch_observations(dg.AssetKey(["streaming", JOB]), limit=20).records
    said = [one.asset_observation.metadata for one in reversed(records) if one.asset_observation]
    mine = [one for one in said if "step" in one or one["alarm"].value == TRUTHS[1]]
    return [str(one["result"].value) for one in mine]


def test_a_cancelled_job_and_a_paused_connector_run_again_and_it_is_told_once_each(
    alone: Settings,
    tmp_path: Path,
    listening: Listening,
    tick: Tick,
    wait_for: Callable[..., None],
    pay: Callable[..., None],
) -> None:
    with (
        listening() as (port, letters),
        FlinkClient(alone.flink) as flink,
        ConnectClient(alone.connect) as connect,
        dg.DagsterInstance.local_temp(str(tmp_path)) as instance,
        psycopg.connect(alone.core_dsn, autocommit=True) as core,
    ):
        [job] = flink.alive(JOB)
        flink.cancel(job.job_id)
        connect.pause(CORE_CONNECTOR)
        wait_for(
            lambda: not any(found.name == JOB and found.alive for found in flink.jobs()),
            "the job goes on though it was cancelled",
        )
        pay(core, "WHILE-AWAY-1", "SUCCESS")
        url = SecretStr(f"json://127.0.0.1:{port}/")
        watch = Watch(alone.model_copy(update={"alarm_urls": url}), instance, tick)

        def is_over() -> bool:
            watch.tick()
            return all(told(letters, truth, "is over") for truth in TRUTHS)

        wait_for(is_over, f"not healed: {letters}", HEALED_SECONDS)
        [again] = flink.alive(JOB)
        assert (again.state, again.job_id != job.job_id) == ("RUNNING", True)
        assert state_of(connect.status(CORE_CONNECTOR)) == "RUNNING"
        assert sorted(watch.healed) == sorted(TRUTHS)
        for truth in TRUTHS:
            assert (told(letters, truth, "begins"), told(letters, truth, "is over")) == (1, 1)
        assert steps(instance) == ["requested", "begins", "is over"]
    verdict = verify(alone.core_dsn, alone.v2_dsn)
    assert (verdict.missing, verdict.extra, verdict.different) == (0, 0, 0)
