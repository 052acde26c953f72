"""Where to look further: addresses, known when something is reported and never at import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from settlement_platform.capture.connectors import CORE_CONNECTOR
from settlement_platform.config import Settings
from settlement_platform.streaming.jobs import job_specs

Links = dict[str, Any]


def flink_job_url(given: Settings, flink_job_id: str) -> str:
    """A job in Flink's UI."""
    return f"{given.flink}/#/job/running/{flink_job_id}"


def connector_url(given: Settings, name: str) -> str:
    """A connector's status, by Kafka Connect's REST interface."""
    return f"{given.connect}/connectors/{name}/status"


def table_links(table: str, flink_job_ids: Mapping[str, str], given: Settings) -> Links:
    """Of a table of V2: the jobs that fill it, the API that serves it, the dashboard."""
    jobs = {
        f"flink_ui_{name}": dg.MetadataValue.url(flink_job_url(given, flink_job_ids[name]))
        for name, spec in job_specs().items()
        if table in spec.inserts and name in flink_job_ids
    }
    return {
        **jobs,
        "api": dg.MetadataValue.url(f"{given.api}/docs"),
        "dashboard": dg.MetadataValue.url(f"{given.api}/"),
    }


def captured_links(given: Settings, name: str = CORE_CONNECTOR) -> Links:
    """Of what a connector reads or fills."""
    return {"connector": dg.MetadataValue.url(connector_url(given, name))}
