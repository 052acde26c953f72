"""The asset job that makes what runs equal to what is declared."""

from __future__ import annotations

import dagster as dg

from settlement_platform.capture.connectors import CORE_CONNECTOR, OUTBOX_CONNECTOR, V2_CONNECTOR
from settlement_platform.defs.naming import connector_key, job_key
from settlement_platform.streaming.jobs import job_specs

converge = dg.define_asset_job(
    "converge",
    # A job that has just begun has no checkpoint yet: its checks are the sensor's.
    selection=dg.AssetSelection.assets(
        connector_key(CORE_CONNECTOR),
        connector_key(V2_CONNECTOR),
        connector_key(OUTBOX_CONNECTOR),
        *(job_key(name) for name in job_specs()),
    ).without_checks(),
    description=(
        "Makes the topics, the connectors and every Flink job what they are declared to be. "
        "Repeating it changes nothing. One that fails does not keep the others from converging."
    ),
)

# Convergences wait for other systems: a process each would cost more than all their work.
defs = dg.Definitions(jobs=[converge], executor=dg.in_process_executor)
