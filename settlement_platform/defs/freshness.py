"""FRESHNESS: what streams has a policy, and a sensor that reports it while it moves, without a run.

Dagster's policy knows one thing, when an asset was last materialized. So a table is reported only
when its watermark has moved and is young: a quiet night is fresh by the canary, and a table that
stands, or catches up from far behind, is not.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from settlement_platform.closing.days import end_of, last_ended
from settlement_platform.config import Settings, settings
from settlement_platform.contracts.closes import DayClosing
from settlement_platform.contracts.scalars import Base
from settlement_platform.contracts.tiles import DERIVED_TABLES
from settlement_platform.contracts.v2 import (
    STREAMED_TABLES,
    Anomaly,
    AsOf,
    Canary,
    TransactionHistory,
)
from settlement_platform.defs.cursors import Cursor
from settlement_platform.defs.links import table_links
from settlement_platform.defs.naming import v2_key
from settlement_platform.defs.resources import V2Database
from settlement_platform.defs.tables import table_of
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.watermarks import Watermarks

LOOK_SECONDS = 30
REPORT_SECONDS = 85.0
"""How long a table that moves is not reported again: each report is kept for ever."""
YOUNG_SECONDS = 60.0
"""How old a watermark that counts as fresh may be."""
CLOSINGS = table_of(DayClosing).name
_COMPLETE: tuple[type[Base], ...] = (
    *STREAMED_TABLES,
    TransactionHistory,
    *DERIVED_TABLES,
    AsOf,
)
COMPLETE_TABLES = tuple(
    table_of(model).name for model in _COMPLETE if model not in (Canary, Anomaly)
)
"""Tables that are known to be complete as far as as_of, which does not wait for findings."""


@dataclass(frozen=True)
class TableReport:
    """What was last reported of a table: its watermark, and when (epoch seconds)."""

    watermark: dt.datetime
    reported_at_seconds: float


@dataclass(frozen=True)
class Streamed(Cursor):
    """What was reported so far, by table: the sensor's cursor."""

    tables: Mapping[str, TableReport] = field(default_factory=dict)


def fresh_watermarks(seen: Watermarks) -> dict[str, dt.datetime]:
    """Table -> up to where it is complete, of those that are fresh. Pure.

    The record of closings is fresh when the newest business day that has ended is closed.
    """
    known = dict.fromkeys(COMPLETE_TABLES, seen.as_of) | {table_of(Canary).name: seen.core_at}
    young = dt.timedelta(seconds=YOUNG_SECONDS)
    fresh = {table: at for table, at in known.items() if at is not None and at > seen.now - young}
    if seen.closed_through is not None and seen.closed_through >= last_ended(seen.now):
        fresh[CLOSINGS] = end_of(seen.closed_through)
    return fresh


def tables_to_report(
    before: Streamed, seen: Watermarks, now_seconds: float
) -> tuple[list[str], Streamed]:
    """Tables whose watermark moved since they were last reported, and what will have been. Pure."""
    moved = {
        table: at
        for table, at in fresh_watermarks(seen).items()
        if (last := before.tables.get(table)) is None
        or (at > last.watermark and now_seconds - last.reported_at_seconds >= REPORT_SECONDS)
    }
    reports = {table: TableReport(at, now_seconds) for table, at in moved.items()}
    return list(moved), Streamed({**before.tables, **reports})


def materialization(table: str, seen: Watermarks, given: Settings) -> dg.AssetMaterialization:
    """A table that moved, as an event that belongs to no run."""
    figures: dict[str, Any] = dict(seen.figures())
    if table in seen.row_estimates:
        figures["rows_estimate"] = seen.row_estimates[table]
    return dg.AssetMaterialization(
        v2_key(table), metadata={**figures, **table_links(table, seen.flink_job_ids, given)}
    )


@dg.sensor(
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Reports each streamed table of V2 while it moves, without a run: when the canary or as_of "
        "stands, nothing is reported, and the tables' freshness policies turn red."
    ),
)
def streamed_tables(context: dg.SensorEvaluationContext, v2: V2Database) -> dg.SensorResult:
    """One look at V2's watermarks."""
    seen = v2.watermarks()
    if isinstance(seen, Unread):
        return dg.SensorResult(skip_reason=f"V2 does not answer: {seen.cause}")
    before = Streamed.from_cursor(context.cursor)
    tables, after = tables_to_report(before, seen, time.time())
    figures = ", ".join(f"{name} {value:.1f}" for name, value in seen.figures().items())
    return dg.SensorResult(
        asset_events=[materialization(table, seen, v2.settings()) for table in tables],
        cursor=after.to_cursor(),
        skip_reason=f"{len(tables)} reported; {figures}",
    )


defs = dg.Definitions(sensors=[streamed_tables], resources={"v2": V2Database(settings=settings)})
