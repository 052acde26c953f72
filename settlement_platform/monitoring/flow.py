"""The whole flow at one moment: every system read side by side, none longer than its bound."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from settlement_platform.capture.connectors import OUTBOX_CONNECTOR, V2_CONNECTOR
from settlement_platform.capture.kafka_client import Topic
from settlement_platform.config import Settings
from settlement_platform.contracts.topics import topic_specs
from settlement_platform.monitoring.bounded import Readings, Unread
from settlement_platform.monitoring.capture import (
    connector_checks,
    connector_state,
    outbox_connector_checks,
    read_topics,
    topic_checks,
    v2_connector_checks,
)
from settlement_platform.monitoring.checks import Check
from settlement_platform.monitoring.clocks import clock_check
from settlement_platform.monitoring.cluster import (
    gateway_check,
    read_gateway,
    read_taskmanagers,
    read_zookeeper,
    taskmanager_check,
    zookeeper_check,
)
from settlement_platform.monitoring.core import CoreReading, core_checks, read_core
from settlement_platform.monitoring.hops import Hops
from settlement_platform.monitoring.numbers import NumbersReading, number_checks
from settlement_platform.monitoring.numbers_reading import read_numbers
from settlement_platform.monitoring.offsets import (
    OffsetsReading,
    consumer_checks,
    hanging_check,
    moves_check,
    position_checks,
)
from settlement_platform.monitoring.offsets_reading import read_offsets
from settlement_platform.monitoring.presence import (
    Presence,
    presence_check,
    read_presence,
    sampled_tables,
)
from settlement_platform.monitoring.streaming import JobStatus, job_checks, read_job_statuses
from settlement_platform.monitoring.v2 import V2Reading, read_v2, v2_checks

ANSWER_SECONDS = 5.0
"""Longer than the clients of databases and of Kafka wait before they give up and say why."""
NUMBERS_SECONDS = 20.0
"""Numbers that differ are looked at again, once as_of has passed."""


@dataclass(frozen=True)
class FlowReading:
    """The flow, system by system."""

    core: CoreReading | Unread
    connector: str | Unread
    v2_connector: str | Unread
    outbox_connector: str | Unread
    topics: dict[str, Topic] | Unread
    offsets: OffsetsReading | Unread
    zookeeper: str | Unread
    taskmanagers: int | Unread
    jobs: list[JobStatus] | Unread
    gateway: str | Unread
    v2: V2Reading | Unread
    presence: dict[str, Presence] | Unread
    numbers: NumbersReading | Unread

    def hops(self) -> Hops:
        """The canary as every system knows it."""
        return Hops(
            self.core if isinstance(self.core, Unread) else self.core.beat_at,
            self.connector,
            self.offsets if isinstance(self.offsets, Unread) else self.offsets.canary_at,
            self.jobs,
            self.v2 if isinstance(self.v2, Unread) else self.v2.arrival,
        )


SYSTEMS = (
    "core",
    "connector",
    "v2_connector",
    "outbox_connector",
    "topics",
    "offsets",
    "zookeeper",
    "taskmanagers",
    "jobs",
    "gateway",
    "v2",
    "presence",
    "numbers",
)
"""The fields of a reading: each is read by itself."""


def clocks(flow: FlowReading) -> list[Check]:
    """The clocks of both databases, or the one that does not answer. Pure."""
    if isinstance(flow.core, Unread):
        return core_checks(flow.core)
    if isinstance(flow.v2, Unread):
        return v2_checks(flow.v2, flow.hops())
    ahead_seconds = {
        "Core": flow.core.clock_ahead_seconds,
        "V2": flow.v2.clock_ahead_seconds,
    }
    return [clock_check(ahead_seconds)]


def flow_checks(flow: FlowReading, wanted_jobs: list[str]) -> list[Check]:
    """Every truth of the flow, in flow order; of what does not answer, that is said once. Pure."""
    both_answer = not isinstance(flow.core, Unread) and not isinstance(flow.v2, Unread)
    return [
        *core_checks(flow.core),
        *(
            [c for table in sampled_tables() for c in presence_check(flow.presence, table)]
            if both_answer
            else []
        ),
        *connector_checks(flow.connector),
        *([] if isinstance(flow.v2_connector, Unread) else v2_connector_checks(flow.v2_connector)),
        *(
            []
            if isinstance(flow.outbox_connector, Unread)
            else outbox_connector_checks(flow.outbox_connector)
        ),
        *topic_checks(flow.topics),
        *([] if isinstance(flow.topics, Unread) else _offset_checks(flow, wanted_jobs)),
        *zookeeper_check(flow.zookeeper),
        *job_checks(wanted_jobs, flow.jobs),
        *([] if isinstance(flow.jobs, Unread) else taskmanager_check(flow.taskmanagers)),
        *gateway_check(flow.gateway),
        *v2_checks(flow.v2, flow.hops()),
        *(clocks(flow) if both_answer else []),
        *([] if isinstance(flow.v2, Unread) else number_checks(flow.numbers)),
    ]


def _offset_checks(flow: FlowReading, wanted_jobs: list[str]) -> list[Check]:
    topics = (None, *(spec.name for spec in topic_specs()))
    if isinstance(flow.offsets, Unread):
        return hanging_check(flow.offsets, None)
    return [
        *moves_check(flow.offsets, flow.connector),
        *(check for topic in topics for check in hanging_check(flow.offsets, topic)),
        *(check for job in wanted_jobs for check in position_checks(flow.offsets, job)),
        *consumer_checks(flow.offsets),
    ]


def _readers(settings: Settings) -> dict[str, Callable[[], Any]]:
    return {
        "core": lambda: read_core(settings),
        "connector": lambda: connector_state(settings),
        "v2_connector": lambda: connector_state(settings, V2_CONNECTOR),
        "outbox_connector": lambda: connector_state(settings, OUTBOX_CONNECTOR),
        "topics": lambda: read_topics(settings),
        "offsets": lambda: read_offsets(settings),
        "zookeeper": lambda: read_zookeeper(settings),
        "taskmanagers": lambda: read_taskmanagers(settings),
        "jobs": lambda: read_job_statuses(settings),
        "gateway": lambda: read_gateway(settings),
        "v2": lambda: read_v2(settings),
        "presence": lambda: read_presence(settings),
        "numbers": lambda: read_numbers(settings),
    }


def read_flow(
    settings: Settings, systems: Collection[str] = SYSTEMS, readings: Readings | None = None
) -> FlowReading:
    """Read those systems at once. Whatever one does or fails to do becomes `Unread`, never raises.

    Who reads again and again gives its `readings`: one that still hangs is not doubled, and its
    bound counts from its own beginning.
    """
    under_way = readings or Readings()
    begun = {
        system: under_way.begin((settings, system), read)
        for system, read in _readers(settings).items()
        if system in systems
    }
    found: dict[str, Any] = dict.fromkeys(SYSTEMS, Unread("nobody asked"))
    for system, reading in begun.items():
        bound_seconds = NUMBERS_SECONDS if system == "numbers" else ANSWER_SECONDS
        found[system] = reading.by(reading.begun_at + bound_seconds)
    return FlowReading(**found)
