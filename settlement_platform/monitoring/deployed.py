"""What is deployed: the version of each connector and of each Flink job, however it came there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from psycopg.rows import class_row

from settlement_platform.capture.connect_client import ConnectClient
from settlement_platform.capture.connectors import ConnectorSpec
from settlement_platform.capture.local import connector_specs
from settlement_platform.config import Settings
from settlement_platform.monitoring.database import look, sql


@dataclass(frozen=True)
class DeployedJob:
    """A Flink job as it was last deployed. `version` is JobSpec.code_version at that time."""

    name: str
    version: str
    flink_job_id: str
    deployed_at: dt.datetime


def read_deployed_jobs(settings: Settings) -> list[DeployedJob]:
    """The newest deployment of every job. Raises psycopg.Error."""
    with look(settings.v2_dsn) as v2, v2.cursor(row_factory=class_row(DeployedJob)) as cursor:
        return cursor.execute(sql("deployed_jobs")).fetchall()


@dataclass(frozen=True)
class DeployedConnector:
    """A connector's whole configuration as Kafka Connect has it, beside what it must be here."""

    config: dict[str, str]
    wanted: ConnectorSpec

    def version(self, declared: ConnectorSpec) -> str:
        """The version of the declaration, which knows no address, where this is what it means
        here; any other configuration has a version of its own. Pure."""
        if self.wanted.is_run_by(self.config):
            return declared.code_version
        return ConnectorSpec(self.wanted.name, self.config).code_version


def read_deployed_connectors(settings: Settings) -> list[DeployedConnector]:
    """Those of the connectors that Kafka Connect has. Raises CaptureError."""
    with ConnectClient(settings.connect, patience_seconds=0) as connect:
        pairs = [(connect.config(spec.name), spec) for spec in connector_specs(settings)]
    return [DeployedConnector(config, spec) for config, spec in pairs if config is not None]
