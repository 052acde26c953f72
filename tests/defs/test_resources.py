"""Whoever writes assets of their own has the clients of every system as resources."""

from __future__ import annotations

import dagster as dg
import pytest

from settlement_platform.capture.connect_client import state_of
from settlement_platform.capture.connectors import CORE_CONNECTOR
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import topic_specs
from settlement_platform.definitions import defs
from settlement_platform.defs.resources import Connect, Flink, Kafka, V2Database
from settlement_platform.streaming.jobs import job_specs

KINDS = {"connect": Connect, "kafka": Kafka, "flink": Flink, "v2": V2Database}


def test_every_client_is_a_resource_of_the_definitions() -> None:
    found = defs.resources or {}
    assert {name: type(found[name]) for name in KINDS} == KINDS


@pytest.mark.e2e
def test_an_asset_of_ones_own_asks_every_system(stack_settings: Settings) -> None:
    @dg.asset
    def overview(
        connect: dg.ResourceParam[Connect],
        kafka: dg.ResourceParam[Kafka],
        flink: dg.ResourceParam[Flink],
        v2: dg.ResourceParam[V2Database],
    ) -> dg.MaterializeResult[None]:
        with (
            connect.client() as of_connect,
            kafka.client() as of_kafka,
            flink.client() as of_flink,
            flink.gateway() as of_gateway,
        ):
            metadata = {
                "connector": state_of(of_connect.status(CORE_CONNECTOR)),
                "topics": len(of_kafka.topics({spec.name for spec in topic_specs()})),
                "jobs": sum(job.alive and job.name in job_specs() for job in of_flink.jobs()),
                "gateway": of_gateway.version(),
                "canaries": v2.client().rows("SELECT count(*) AS n FROM sp_v2_canary")[0]["n"],
            }
        return dg.MaterializeResult(metadata=metadata)

    given = {name: kind(settings=lambda: stack_settings) for name, kind in KINDS.items()}
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([overview], instance=instance, resources=given)
        [event] = result.get_asset_materialization_events()
    told = event.step_materialization_data.materialization.metadata
    assert told["connector"].value == "RUNNING"
    assert told["topics"].value == len(topic_specs())
    assert told["jobs"].value == len(job_specs())
    assert told["canaries"].value == 1
    assert "Flink" in str(told["gateway"].value)
