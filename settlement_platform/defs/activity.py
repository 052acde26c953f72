"""ACTIVITY: the core's tables and the topics, observed now and then where they changed."""

from __future__ import annotations

import json
from collections.abc import Mapping

import dagster as dg

from settlement_platform.config import Settings, settings
from settlement_platform.defs.links import captured_links
from settlement_platform.defs.naming import core_key, topic_key
from settlement_platform.defs.resources import Outside
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.watermarks import CoreActivity

LOOK_SECONDS = 600

Position = tuple[dg.AssetKey, int, dict[str, int]]
"""An asset, a number that moves with every change of it, and what is told of it."""


def core_positions(found: Mapping[str, CoreActivity]) -> list[Position]:
    """The core's tables. Pure."""
    return [
        (
            core_key(table),
            activity.changes_count,
            {"rows_estimate": activity.row_estimate, "changes_count": activity.changes_count},
        )
        for table, activity in found.items()
    ]


def topic_positions(ends: Mapping[str, int]) -> list[Position]:
    """The topics. Pure."""
    return [(topic_key(topic), end, {"end_offset": end}) for topic, end in ends.items()]


def changed(before: Mapping[str, int], seen: list[Position]) -> list[Position]:
    """What is elsewhere than it was. Pure."""
    return [one for one in seen if before.get(one[0].to_user_string()) != one[1]]


def observation(position: Position, given: Settings) -> dg.AssetObservation:
    """A position as an event that belongs to no run."""
    asset, _, told = position
    return dg.AssetObservation(asset, metadata={**told, **captured_links(given)})


def positions_of(cursor: str | None) -> dict[str, int]:
    """What a cursor says; one that nobody can read says nothing."""
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@dg.sensor(
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Observes the core's tables and the topics, and reports those that changed.",
)
def core_and_topics(context: dg.SensorEvaluationContext, outside: Outside) -> dg.SensorResult:
    """One look at the core's statistics and the topics' ends."""
    core, topics = outside.core_activity(), outside.end_offsets()
    seen = [] if isinstance(core, Unread) else core_positions(core)
    seen += [] if isinstance(topics, Unread) else topic_positions(topics)
    before = positions_of(context.cursor)
    moved = changed(before, seen)
    after = before | {asset.to_user_string(): at for asset, at, _ in moved}
    away = [
        f"; it does not answer: {one.cause}" for one in (core, topics) if isinstance(one, Unread)
    ]
    return dg.SensorResult(
        asset_events=[observation(one, outside.settings()) for one in moved],
        cursor=json.dumps(after),
        skip_reason=f"{len(moved)} of {len(seen)} changed{''.join(away)}",
    )


defs = dg.Definitions(sensors=[core_and_topics], resources={"outside": Outside(settings=settings)})
