"""The systems that a convergence speaks to, and those that checks look at.

Addresses and secrets are read when an asset runs, never when the graph loads.
"""

# No `from __future__ import annotations` here: Dagster reads the annotations of resources as types.
import datetime as dt
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

import dagster as dg

from settlement_platform.capture.connect_client import (
    ConnectClient,
    converge_connector,
    state_of,
)
from settlement_platform.capture.kafka_client import KafkaClient
from settlement_platform.capture.local import capture_dsn, connector_specs
from settlement_platform.capture.lost_slot import read_anew_if_lost
from settlement_platform.capture.topics import converge_topics
from settlement_platform.closing.adds_up import CloseReading, read_close
from settlement_platform.closing.closes import (
    ClosedDay,
    ClosingReading,
    close_days,
    read_closing,
)
from settlement_platform.closing.days import DayRange
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import topic_specs
from settlement_platform.monitoring.alarms import Letter
from settlement_platform.monitoring.bounded import Readings, Unread
from settlement_platform.monitoring.deployed import (
    DeployedConnector,
    DeployedJob,
    read_deployed_connectors,
    read_deployed_jobs,
)
from settlement_platform.monitoring.flow import (
    ANSWER_SECONDS,
    SYSTEMS,
    FlowReading,
    read_flow,
)
from settlement_platform.monitoring.outbox import Outbox, put
from settlement_platform.monitoring.sending import Post, recipients
from settlement_platform.monitoring.watermarks import (
    CoreActivity,
    Watermarks,
    read_core_activity,
    read_end_offsets,
    read_watermarks,
)
from settlement_platform.proof.rebuild import rebuild
from settlement_platform.proof.telling import Tell
from settlement_platform.repair.dead_letters import replay_letters
from settlement_platform.repair.outcome import Outcome
from settlement_platform.repair.plan import Plan
from settlement_platform.repair.replay import look, replay
from settlement_platform.settlement.books.dates import Refreshed, refresh_all
from settlement_platform.settlement.books.laws import LAWS, breaches
from settlement_platform.settlement.books.settling import (
    MadeBatch,
    settle_when_complete,
    submit_calculated,
)
from settlement_platform.settlement.conservation import Breach
from settlement_platform.storage.engine import reached
from settlement_platform.storage.v2_client import V2Client
from settlement_platform.storage.writing import writing
from settlement_platform.streaming.cluster import local_cluster
from settlement_platform.streaming.deploy import converge_job
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.gateway_client import GatewayClient
from settlement_platform.streaming.jobs import JobSpec

ReadSettings = Callable[[], Settings]
T = TypeVar("T")

# Of this process, so that a system which hangs is not asked by one look after the other.
_READINGS = Readings()


@dataclass(frozen=True)
class CaptureOutcome:
    """What converging a capture did: topics changed (a line each), the connector, its state."""

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


class Connect(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Kafka Connect, for assets of one's own."""

    settings: dg.ResourceDependency[ReadSettings]

    def client(self) -> ConnectClient:
        """Connectors, tasks, offsets, plugins; to be used in a `with`."""
        return ConnectClient(self.settings().connect)


class Kafka(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Kafka, for assets of one's own."""

    settings: dg.ResourceDependency[ReadSettings]

    def client(self) -> KafkaClient:
        """Topics, offsets, groups, lag; to be used in a `with`."""
        return KafkaClient(self.settings().kafka)


class Capture(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Kafka and Kafka Connect."""

    settings: dg.ResourceDependency[ReadSettings]

    def deployed(self) -> list[DeployedConnector] | Unread:
        """The connectors that Kafka Connect has, within a bound. Raises nothing."""
        return _bounded(read_deployed_connectors, self.settings())

    def converge(self, name: str) -> CaptureOutcome:
        """Topics first, then the connector of this name. Raises CaptureError."""
        wanted = self.settings()
        [spec] = (one for one in connector_specs(wanted) if one.name == name)
        changes = converge_topics(wanted.kafka, topic_specs())
        with ConnectClient(wanted.connect) as connect:
            was_lost = read_anew_if_lost(connect, capture_dsn(wanted, spec), spec)
            change = converge_connector(connect, spec)
            state = state_of(connect.status(spec.name))
        return CaptureOutcome(
            topic_changes=changes,
            connector_change="reads all tables anew" if was_lost else change,
            connector_state=state,
            config=spec.config,
            url=f"{wanted.connect}/connectors/{spec.name}/status",
        )


class Flink(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The Flink cluster with its SQL gateway, and V2 where deployments are written down."""

    settings: dg.ResourceDependency[ReadSettings]

    def client(self) -> FlinkClient:
        """Jobs, checkpoints, savepoints, exceptions, metrics; to be used in a `with`."""
        return FlinkClient(self.settings().flink)

    def gateway(self) -> GatewayClient:
        """Sessions and statements of the SQL gateway; to be used in a `with`."""
        return GatewayClient(self.settings().sql_gateway)

    def deployed(self) -> list[DeployedJob] | Unread:
        """The newest deployment of every job, within a bound. Raises nothing."""
        return _bounded(read_deployed_jobs, self.settings())

    def converge(self, spec: JobSpec) -> JobOutcome:
        """Make one job what its specification says. Raises StreamingError or StorageError."""
        wanted = self.settings()
        with reached(wanted.v2_owner_dsn) as v2:
            action, job_id = converge_job(local_cluster(wanted), v2, spec)
        return JobOutcome(
            action=type(action).__name__.lower(),
            job_id=job_id,
            url=f"{wanted.flink}/#/job/running/{job_id}",
        )

    def rebuild(self, job: str, on_progress: Tell) -> str:
        """Build a job anew beside the one that serves and let it take over; Flink's id of it.
        Raises SettlementError."""
        return rebuild(self.settings(), job, on_progress)


class Days(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The core, V2 and what lies between, to compare and to repair business dates."""

    settings: dg.ResourceDependency[ReadSettings]

    def look(self, dates: Sequence[dt.date], on_progress: Tell) -> Plan:
        """What differs at these dates; changes nothing. Raises ProofError."""
        return look(self.settings(), dates, on_progress)[0]

    def replay(self, dates: Sequence[dt.date], on_progress: Tell) -> Outcome:
        """Make these dates equal to the core. Raises SettlementError."""
        return replay(self.settings(), dates, on_progress)

    def replay_letters(self, on_progress: Tell) -> dict[str, int]:
        """Put dead letters back on their topics; how many by reason. Raises SettlementError."""
        return replay_letters(self.settings(), on_progress)


class Flow(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Every system of the flow, to be looked at."""

    settings: dg.ResourceDependency[ReadSettings]

    def read(self, systems: Collection[str] = SYSTEMS) -> FlowReading:
        """Those systems at this moment, each within its bound. Raises nothing."""
        return read_flow(self.settings(), systems, _READINGS)


class Mail(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Those who are told when a truth stops to hold."""

    settings: dg.ResourceDependency[ReadSettings]

    def send(
        self, post: Post, outbox: Outbox, letters: Sequence[Letter], now_seconds: float
    ) -> tuple[Outbox, str]:
        """Send what is due, within a bound. Returns what is left, and what to say of it."""
        urls = self.settings().alarm_urls
        to, unreadable = recipients(urls.get_secret_value() if urls else "")
        wanted = put(outbox, letters, [one.name for one in to], now_seconds)
        left = post.send(wanted, to, now_seconds)
        said = [f"{unreadable} alarm URLs cannot be read"] if unreadable else []
        said += [f"{who} fails, {about.times} times" for who, about in left.failing.items()]
        return left, "".join(f"; {one}" for one in said)


def _bounded(read: Callable[[Settings], T], given: Settings) -> T | Unread:
    begun = _READINGS.begin((given, read.__name__), lambda: read(given))
    found: T | Unread = begun.by(time.monotonic() + ANSWER_SECONDS)
    return found


class V2Database(dg.ConfigurableResource):  # type: ignore[type-arg]
    """V2: its rows, how far it has come, and its business days, closed."""

    settings: dg.ResourceDependency[ReadSettings]

    def client(self) -> V2Client:
        """Rows by statements of one's own, which only read."""
        return V2Client(self.settings().v2_dsn)

    def watermarks(self) -> Watermarks | Unread:
        """Up to where V2 is complete, within a bound. Raises nothing."""
        return _bounded(read_watermarks, self.settings())

    def closing(self) -> ClosingReading | Unread:
        """Which business days are closed, within a bound. Raises nothing."""
        return _bounded(read_closing, self.settings())

    def close(self, days: DayRange) -> list[ClosedDay]:
        """Close business days. Raises ClosingError or StorageError."""
        return close_days(self.settings().v2_owner_dsn, days)

    def compare_close(self, closed: Sequence[ClosedDay]) -> CloseReading:
        """Days that were closed just now, beside the cube. Raises psycopg.Error."""
        return read_close(self.settings().v2_dsn, closed)

    def compute_merchant_days(self, days: DayRange) -> dict[str, int]:
        """Replace these days of the mart; rows a day. Raises StorageError."""
        # Slow to import, and needed only here.
        from settlement_platform.closing.merchant_days import (  # noqa: PLC0415
            compute_merchant_days,
        )

        return compute_merchant_days(self.settings().v2_owner_dsn, days)


class Outside(dg.ConfigurableResource):  # type: ignore[type-arg]
    """What V2 is filled from: the core's tables and the topics, looked at from outside."""

    settings: dg.ResourceDependency[ReadSettings]

    def core_activity(self) -> dict[str, CoreActivity] | Unread:
        """The captured tables, within a bound. Raises nothing."""
        return _bounded(read_core_activity, self.settings())

    def end_offsets(self) -> dict[str, int] | Unread:
        """The ends of the topics, within a bound. Raises nothing."""
        return _bounded(read_end_offsets, self.settings())


class Books(dg.ConfigurableResource):  # type: ignore[type-arg]
    """V2's books of settlement."""

    settings: dg.ResourceDependency[ReadSettings]

    def refresh_dates(self, today: dt.date) -> Refreshed:
        """Bring the settlement dates to what the calendar says. Raises CalendarError."""
        with writing(self.settings().v2_owner_dsn) as v2:
            return refresh_all(v2, today)

    def settle(self, cycle_date: dt.date, actor: str) -> list[MadeBatch]:
        """Make the batches of a cycle date. Raises BatchError or StorageError."""
        return settle_when_complete(self.settings().v2_owner_dsn, cycle_date, actor)

    def submit(self, cycle_date: dt.date, actor: str) -> list[uuid.UUID]:
        """Put the batches of a cycle date before their approvers."""
        return submit_calculated(self.settings().v2_owner_dsn, cycle_date, actor)

    def breaches(self) -> dict[str, list[Breach]]:
        """For each law of settled money, where it does not hold."""
        with writing(self.settings().v2_dsn) as v2:
            return {law: breaches(v2, law) for law in LAWS}
