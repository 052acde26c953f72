"""Which tables are reported as fresh, and when; the sensor on a stack that is not there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from settlement_platform.config import Settings
from settlement_platform.defs.activity import changed, core_and_topics, topic_positions
from settlement_platform.defs.deployed import deployed_versions
from settlement_platform.defs.freshness import (
    CLOSINGS,
    COMPLETE_TABLES,
    REPORT_SECONDS,
    YOUNG_SECONDS,
    Streamed,
    materialization,
    streamed_tables,
    tables_to_report,
)
from settlement_platform.monitoring.watermarks import Watermarks

NOW = dt.datetime(2026, 10, 2, 6, tzinfo=dt.UTC)
NOW_SECONDS = NOW.timestamp()
SECOND = dt.timedelta(seconds=1)
YESTERDAY = dt.date(2026, 10, 1)
CANARY = "sp_v2_canary"
NOWHERE_PORT_BASE = 7300


@pytest.fixture
def seen() -> Watermarks:
    """A V2 that is fresh, with yesterday closed."""
    beat = NOW - SECOND
    rows, jobs = {CANARY: 1}, {"transaction_enrichment": "abc"}
    return Watermarks(NOW, NOW - 2 * SECOND, beat, beat, NOW, YESTERDAY, rows, jobs)


def later(seen: Watermarks, seconds: float, moves: bool = True) -> Watermarks:
    """The same some time later; either all has moved on, or it stands."""
    by = dt.timedelta(seconds=seconds)
    if not moves:
        return replace(seen, now=seen.now + by)
    assert seen.as_of is not None and seen.core_at is not None
    return replace(seen, now=seen.now + by, as_of=seen.as_of + by, core_at=seen.core_at + by)


def test_all_that_is_fresh_is_reported_and_not_again_at_once(seen: Watermarks) -> None:
    reported, after = tables_to_report(Streamed(), seen, NOW_SECONDS)
    assert set(reported) == {*COMPLETE_TABLES, CANARY, CLOSINGS}
    soon, _ = tables_to_report(after, later(seen, 30), NOW_SECONDS + 30)
    assert soon == []
    again, _ = tables_to_report(after, later(seen, 90), NOW_SECONDS + REPORT_SECONDS)
    assert set(again) == {*COMPLETE_TABLES, CANARY}


def test_what_stands_is_not_reported(seen: Watermarks) -> None:
    _, after = tables_to_report(Streamed(), seen, NOW_SECONDS)
    assert tables_to_report(after, later(seen, 30, moves=False), NOW_SECONDS + 3600)[0] == []


def test_an_as_of_that_stands_leaves_the_canary_its_own(seen: Watermarks) -> None:
    _, after = tables_to_report(Streamed(), seen, NOW_SECONDS)
    moved = replace(later(seen, 90), as_of=seen.as_of)
    assert tables_to_report(after, moved, NOW_SECONDS + 90)[0] == [CANARY]


def test_what_moves_far_behind_is_not_fresh(seen: Watermarks) -> None:
    behind = replace(seen, as_of=NOW - (YOUNG_SECONDS + 1) * SECOND)
    assert set(tables_to_report(Streamed(), behind, NOW_SECONDS)[0]) == {CANARY, CLOSINGS}


def test_what_never_came_is_not_reported(seen: Watermarks) -> None:
    nothing = Watermarks(NOW, None, None, None, None, None, {}, {})
    assert tables_to_report(Streamed(), nothing, NOW_SECONDS)[0] == []


def test_the_closing_of_an_old_day_does_not_make_the_newest_look_closed(seen: Watermarks) -> None:
    _, after = tables_to_report(Streamed(), seen, NOW_SECONDS)
    midnight = dt.datetime(2026, 10, 2, 18, 30, tzinfo=dt.UTC)
    shift = (midnight - NOW).total_seconds()
    next_day = later(seen, shift)
    assert CLOSINGS not in tables_to_report(after, next_day, NOW_SECONDS + shift)[0]
    closed = replace(next_day, closed_through=YESTERDAY + dt.timedelta(days=1))
    assert CLOSINGS in tables_to_report(after, closed, NOW_SECONDS + shift)[0]


@pytest.mark.parametrize("cursor", [None, "", "[]", "{", '{"tables": {"a": 1}}'])
def test_a_cursor_that_nobody_can_read_reports_everything_anew(cursor: str | None) -> None:
    assert Streamed.from_cursor(cursor) == Streamed()


def test_a_cursor_says_what_was_reported(seen: Watermarks) -> None:
    _, after = tables_to_report(Streamed(), seen, NOW_SECONDS)
    assert Streamed.from_cursor(after.to_cursor()) == after


def test_a_report_has_numbers_and_links(seen: Watermarks, tmp_path: Path) -> None:
    given = Settings(home=tmp_path, port_base=NOWHERE_PORT_BASE)
    told = {
        name: value.value for name, value in materialization(CANARY, seen, given).metadata.items()
    }
    assert told == {
        "as_of_age_seconds": 2.0,
        "canary_age_seconds": 1.0,
        "kafka_to_v2_seconds": 1.0,
        "rows_estimate": 1,
        "flink_ui_transaction_enrichment": f"{given.flink}/#/job/running/abc",
        "api": f"{given.api}/docs",
        "dashboard": f"{given.api}/",
    }


def test_only_topics_that_moved_are_observed() -> None:
    seen = topic_positions({"a": 5, "b": 7})
    before = {"topic/a": 5, "topic/b": 6}
    assert [asset.path for asset, _, _ in changed(before, seen)] == [["topic", "b"]]
    assert changed({}, seen) == seen


@pytest.mark.parametrize(
    "sensor", [streamed_tables, core_and_topics, deployed_versions], ids=lambda one: one.name
)
def test_a_stack_that_is_not_there_is_reported_by_nobody(
    sensor: dg.SensorDefinition, tmp_path: Path, tick: Callable[..., dg.SensorResult]
) -> None:
    nowhere = Settings(home=tmp_path / "home", port_base=NOWHERE_PORT_BASE)
    found = tick(sensor, nowhere)
    assert found.asset_events == []
    assert "not answer" in str(found.skip_reason)
