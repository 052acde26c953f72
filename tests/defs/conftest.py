"""A flow that is well, and resources that look at one."""

from __future__ import annotations

import datetime as dt

import pytest

from settlement_platform.capture.kafka_client import Topic
from settlement_platform.contracts.topics import topic_specs
from settlement_platform.monitoring.core import CoreReading, contract_columns
from settlement_platform.monitoring.flow import FlowReading
from settlement_platform.monitoring.hops import Arrival
from settlement_platform.monitoring.numbers import (
    CubeLook,
    CubeReading,
    NumbersReading,
    TermsReading,
    VersionsReading,
)
from settlement_platform.monitoring.offsets import OffsetsReading
from settlement_platform.monitoring.slot import SlotReading
from settlement_platform.monitoring.streaming import JobStatus
from settlement_platform.monitoring.v2 import V2Reading
from settlement_platform.streaming.jobs import job_specs

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def well() -> FlowReading:
    """Every system answers, and every truth holds."""
    return FlowReading(
        core=CoreReading(contract_columns(), [], [], SlotReading(True, "reserved", 0, None)),
        connector="RUNNING",
        v2_connector="RUNNING",
        outbox_connector="RUNNING",
        topics={s.name: Topic(s.partitions, dict(s.config)) for s in topic_specs()},
        offsets=OffsetsReading(NOW, {}, [], NOW, {}),
        zookeeper="3.7",
        taskmanagers=1,
        jobs=[JobStatus(name, "RUNNING", 1.0) for name in job_specs()],
        gateway="2.2",
        v2=V2Reading(["0001"], ["0001"], Arrival(NOW, NOW, NOW), 0),
        presence={},
        numbers=NumbersReading(
            NOW.date(),
            CubeReading(CubeLook(NOW, NOW, 1, 1, [])),
            [],
            VersionsReading(0, 0),
            TermsReading(0, 0, 0),
        ),
    )
