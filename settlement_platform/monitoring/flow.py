"""The whole flow at one moment: every system read side by side, none longer than its bound."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from settlement_platform.config import Settings
from settlement_platform.monitoring.bounded import Readings, Unread
from settlement_platform.monitoring.capture import (
    TopicReading,
    connector_checks,
    connector_state,
    read_topics,
    topic_checks,
)
from settlement_platform.monitoring.checks import Check
from settlement_platform.monitoring.core import CoreReading, core_checks, read_core
from settlement_platform.monitoring.numbers import NumbersReading, number_checks
from settlement_platform.monitoring.numbers_reading import read_numbers
from settlement_platform.monitoring.streaming import JobStatus, job_checks, read_job_statuses
from settlement_platform.monitoring.v2 import V2Reading, read_v2, v2_checks

ANSWER_SECONDS = 10.0
NUMBERS_SECONDS = 20.0
"""Numbers that differ are looked at again, once as_of has passed."""


@dataclass(frozen=True)
class FlowReading:
    """The flow, system by system."""

    core: CoreReading | Unread
    connector: str | Unread
    topics: dict[str, TopicReading] | Unread
    jobs: list[JobStatus] | Unread
    v2: V2Reading | Unread
    numbers: NumbersReading | Unread


SYSTEMS = ("core", "connector", "topics", "jobs", "v2", "numbers")
"""The fields of a reading: each is read by itself."""


def flow_checks(flow: FlowReading, wanted_jobs: list[str]) -> list[Check]:
    """Every truth of the flow, in flow order. Pure."""
    return [
        *core_checks(flow.core),
        *connector_checks(flow.connector),
        *topic_checks(flow.topics),
        *job_checks(wanted_jobs, flow.jobs),
        *v2_checks(flow.v2),
        # Of a V2 that does not answer, that is said once.
        *([] if isinstance(flow.v2, Unread) else number_checks(flow.numbers)),
    ]


def _readers(settings: Settings) -> dict[str, Callable[[], Any]]:
    return {
        "core": lambda: read_core(settings),
        "connector": lambda: connector_state(settings),
        "topics": lambda: read_topics(settings),
        "jobs": lambda: read_job_statuses(settings),
        "v2": lambda: read_v2(settings),
        "numbers": lambda: read_numbers(settings),
    }


def read_flow(
    settings: Settings, systems: Collection[str] = SYSTEMS, readings: Readings | None = None
) -> FlowReading:
    """Read those systems at once. Whatever one does or fails to do becomes `Unread`, never raises.

    Who reads again and again gives its `readings`: one that still hangs is waited for, not doubled.
    """
    under_way, began = readings or Readings(), time.monotonic()
    begun = {
        system: under_way.begin((settings, system), read)
        for system, read in _readers(settings).items()
        if system in systems
    }
    found: dict[str, Any] = dict.fromkeys(SYSTEMS, Unread("nobody asked"))
    for system, reading in begun.items():
        bound_seconds = NUMBERS_SECONDS if system == "numbers" else ANSWER_SECONDS
        found[system] = reading.by(began + bound_seconds)
    return FlowReading(**found)
