"""Truths of the business days: each is closed in time, and what is closed is in the mart. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from settlement_platform.closing.closes import ClosingReading
from settlement_platform.closing.days import changed_since, is_overdue, must_be_closed
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import (
    Check,
    Figure,
    Severity,
    fails,
    holds,
    read_logs_of,
)

REMEDY = "see the newest run of close_days in Dagster, and materialize these days"


def closing_checks(found: ClosingReading | Unread) -> list[Check]:
    """Both truths; a V2 that does not answer fails both."""
    names = ("every_day_is_closed", "mart_has_every_day")
    if isinstance(found, Unread):
        cause = f"V2 does not answer: {found.cause}"
        return [fails(name, cause, read_logs_of("v2-postgres")) for name in names]
    overdue = [day for day in must_be_closed(found.states) if is_overdue(day, found.now)]
    away = [s.day for s in found.states if s.version and s.close_rows and s.mart_version is None]
    late_count = len(changed_since(found.states))
    closed_count = sum(state.version is not None for state in found.states)
    as_of = "never published"
    if found.as_of is not None:
        as_of = f"{found.as_of.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    return [
        _every(names[0], overdue, f"not closed; as_of: {as_of}", "error", closed_count, late_count),
        _every(names[1], away, "closed, and not in the mart", "warning", closed_count, late_count),
    ]


def _every(
    name: str,
    missing: Sequence[object],
    how: str,
    severity: Severity,
    closed_count: int,
    late_count: int,
) -> Check:
    measured: dict[str, Figure] = {
        "closed_days_count": closed_count,
        "changed_since_days_count": late_count,
        "missing_days_count": len(missing),
    }
    if missing:
        cause = f"{len(missing)} days are {how}; the newest: {missing[-1]}"
        return fails(name, cause, REMEDY, severity, **measured)
    told = f"{closed_count} days are closed, {late_count} changed since and are closed again soon"
    return holds(name, told, **measured)
