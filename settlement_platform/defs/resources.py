"""The systems that a convergence speaks to, and those that checks look at.

Addresses and secrets are read when an asset runs, never when the graph loads.
"""

# No `from __future__ import annotations` here: Dagster reads the annotations of resources as types.
import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import dagster as dg
from sqlalchemy.exc import OperationalError

from settlement_platform.capture.connect_client import (
    ConnectClient,
    converge_connector,
    state_of,
)
from settlement_platform.capture.local import core_connector_spec
from settlement_platform.capture.topics import converge_topics
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import topic_specs
from settlement_platform.errors import StorageError
from settlement_platform.monitoring.bounded import Readings
from settlement_platform.monitoring.flow import SYSTEMS, FlowReading, read_flow
from settlement_platform.proof.telling import Tell
from settlement_platform.repair.outcome import Outcome
from settlement_platform.repair.plan import Plan
from settlement_platform.repair.replay import look, replay
from settlement_platform.storage.engine import engine
from settlement_platform.streaming.cluster import local_cluster
from settlement_platform.streaming.deploy import converge_job
from settlement_platform.streaming.jobs import JobSpec

ReadSettings = Callable[[], Settings]

# Of this process, so that a system which hangs is not asked by one look after the other.
_READINGS = Readings()


@dataclass(frozen=True)
class CaptureOutcome:
    """What converging the capture did: topics changed (a line each), the connector, its state."""

    topic_changes: list[str]
    connector_change: str
    connector_state: str
    config: dict[str, str]
    url: str


@dataclass(frozen=True)
class JobOutcome:
    """What converging a Flink job did: the action taken, and the job that runs now."""

    action: str
    job_id: str
    url: str


class Capture(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Kafka and Kafka Connect."""

    settings: dg.ResourceDependency[ReadSettings]

    def converge(self) -> CaptureOutcome:
        """Topics first, then the connector. Raises CaptureError."""
        wanted = self.settings()
        spec = core_connector_spec(wanted)
        changes = converge_topics(wanted.kafka, topic_specs())
        with ConnectClient(wanted.connect) as connect:
            change = converge_connector(connect, spec)
            state = state_of(connect.status(spec.name))
        return CaptureOutcome(
            topic_changes=changes,
            connector_change=change,
            connector_state=state,
            config=spec.config,
            url=f"{wanted.connect}/connectors/{spec.name}/status",
        )


class Flink(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The Flink cluster with its SQL gateway, and V2 where deployments are written down."""

    settings: dg.ResourceDependency[ReadSettings]

    def converge(self, spec: JobSpec) -> JobOutcome:
        """Make one job what its specification says. Raises StreamingError or StorageError."""
        wanted = self.settings()
        v2 = engine(wanted.v2_owner_dsn)
        try:
            action, job_id = converge_job(local_cluster(wanted), v2, spec)
        except OperationalError as error:
            raise StorageError(
                f"V2 does not answer: {error.orig}",
                "see 'settlement status' and 'settlement logs v2-postgres'",
            ) from error
        finally:
            v2.dispose()
        return JobOutcome(
            action=type(action).__name__.lower(),
            job_id=job_id,
            url=f"{wanted.flink}/#/job/running/{job_id}",
        )


class Days(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The core, V2 and what lies between, to compare and to repair business dates."""

    settings: dg.ResourceDependency[ReadSettings]

    def look(self, dates: Sequence[dt.date], on_progress: Tell) -> Plan:
        """What differs at these dates; changes nothing. Raises ProofError."""
        return look(self.settings(), dates, on_progress)[0]

    def replay(self, dates: Sequence[dt.date], on_progress: Tell) -> Outcome:
        """Make these dates equal to the core. Raises SettlementError."""
        return replay(self.settings(), dates, on_progress)


class Flow(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Every system of the flow, to be looked at."""

    settings: dg.ResourceDependency[ReadSettings]

    def read(self, systems: Collection[str] = SYSTEMS) -> FlowReading:
        """Those systems at this moment, each within its bound. Raises nothing."""
        return read_flow(self.settings(), systems, _READINGS)
