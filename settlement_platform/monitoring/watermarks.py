"""How far the flow has come, read so cheaply that it can be asked all the time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from psycopg.rows import class_row

from settlement_platform.capture.kafka_client import KafkaClient
from settlement_platform.config import Settings
from settlement_platform.contracts.core import CAPTURED_TABLES
from settlement_platform.contracts.topics import CORE_SCHEMA, topic_specs
from settlement_platform.monitoring.database import look, sql


@dataclass(frozen=True)
class Watermarks:
    """How far V2 has come, by V2's clock; what never came is None.

    `core_at`, `kafka_at`, `loaded_at`: of the newest canary. `closed_through`: the newest business
    day that is closed. `row_estimates`: table -> rows, as V2's statistics have it. `flink_job_ids`:
    job -> what Flink calls it.
    """

    now: dt.datetime
    as_of: dt.datetime | None
    core_at: dt.datetime | None
    kafka_at: dt.datetime | None
    loaded_at: dt.datetime | None
    closed_through: dt.date | None
    row_estimates: Mapping[str, int]
    flink_job_ids: Mapping[str, str]

    def figures(self) -> dict[str, float]:
        """Ages and delays in seconds, those that are known."""
        found: dict[str, float] = {}
        if self.as_of is not None:
            found["as_of_age_seconds"] = (self.now - self.as_of).total_seconds()
        if self.core_at is not None:
            found["canary_age_seconds"] = (self.now - self.core_at).total_seconds()
        if self.loaded_at is not None and self.kafka_at is not None:
            found["kafka_to_v2_seconds"] = (self.loaded_at - self.kafka_at).total_seconds()
        return found


@dataclass(frozen=True)
class CoreActivity:
    """A table of the core: about how many rows, and how many changes since its statistics began."""

    row_estimate: int
    changes_count: int


def read_watermarks(settings: Settings) -> Watermarks:
    """V2's watermarks, by one statement. Raises psycopg.Error."""
    with look(settings.v2_dsn) as v2, v2.cursor(row_factory=class_row(Watermarks)) as cursor:
        found = cursor.execute(sql("v2_watermarks")).fetchone()
    assert found is not None
    return found


def read_end_offsets(settings: Settings) -> dict[str, int]:
    """The end of what is committed on each declared topic, in offsets. Raises CaptureError."""
    with KafkaClient(settings.kafka) as kafka:
        found = kafka.offsets({spec.name for spec in topic_specs()})
    return {topic: offsets.stable for (topic, _), offsets in found.items()}


def read_core_activity(settings: Settings) -> dict[str, CoreActivity]:
    """The captured tables of the core, by their statistics. Raises psycopg.Error."""
    tables = [model.__tablename__ for model in CAPTURED_TABLES]
    with look(settings.core_dsn) as core:
        rows = core.execute(sql("core_activity"), {"schema": CORE_SCHEMA, "tables": tables})
        return {row[0]: CoreActivity(row[1], row[2]) for row in rows}
