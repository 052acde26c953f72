"""Truths of V2: its schema, how fresh it is, what waits for somebody, and its numbers."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from functools import lru_cache

from alembic.script import ScriptDirectory

from settlement_platform.config import Settings
from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of
from settlement_platform.monitoring.clocks import clock_ahead
from settlement_platform.monitoring.database import look, sql
from settlement_platform.monitoring.hops import (
    CANARY_SECONDS,
    Arrival,
    Hops,
    arrival_in,
    await_arrival,
    hop_check,
)
from settlement_platform.storage.migrate import alembic_config

AS_OF_SECONDS = 30.0


@dataclass(frozen=True)
class V2Reading:
    """V2: its migrations, what arrived last, and the records that wait for somebody.

    `clock_ahead_seconds` is by how much its clock is ahead of this machine's.
    """

    revisions: list[str]
    wanted_revisions: list[str]
    arrival: Arrival
    open_dead_letters: int
    clock_ahead_seconds: float = 0.0


def v2_checks(v2: V2Reading | Unread, hops: Hops) -> list[Check]:
    """Every check on V2 but those on its numbers; a V2 that does not answer is one failure.

    `hops` is the canary as every system of the flow knows it.
    """
    if isinstance(v2, Unread):
        cause = f"V2 does not answer: {v2.cause}"
        return [fails("v2_answers", cause, read_logs_of("v2-postgres"))]
    now = v2.arrival.now
    return [
        _schema(v2),
        _fresh("canary_is_fresh", "canary", v2.arrival.core_at, now, CANARY_SECONDS),
        hop_check(v2.arrival, hops),
        _fresh("as_of_is_fresh", "as_of", v2.arrival.as_of, now, AS_OF_SECONDS),
        _dead_letters(v2.open_dead_letters),
    ]


def _schema(v2: V2Reading) -> Check:
    name, wanted = "v2_schema_is_at_head", ", ".join(sorted(v2.wanted_revisions))
    found = ", ".join(sorted(v2.revisions)) or "no migration"
    if found != wanted:
        cause = f"V2 is at {found}, the code at {wanted}"
        return fails(name, cause, "run 'settlement up'", revision=found)
    return holds(name, f"migration {found}", revision=found)


def _fresh(
    name: str, what: str, at: dt.datetime | None, now: dt.datetime, bound_seconds: float
) -> Check:
    remedy = "run 'settlement up --wait': it names the hop that nothing passes"
    if at is None:
        return fails(name, "none ever came to V2", remedy)
    age_seconds = (now - at).total_seconds()
    measured = {f"{what}_age_seconds": age_seconds}
    if age_seconds < -bound_seconds:
        cause = f"it is {-age_seconds:.0f} s ahead of V2's clock"
        remedy = "set the clocks of the core's and V2's machines"
        return fails(name, cause, remedy, **measured)
    if age_seconds > bound_seconds:
        cause = f"it is {age_seconds:.0f} s old; {bound_seconds:.0f} s are allowed"
        return fails(name, cause, remedy, **measured)
    return holds(name, f"{max(age_seconds, 0):.1f} s old", **measured)


def _dead_letters(count: int) -> Check:
    name = "no_dead_letter_is_open"
    if count:
        return fails(
            name,
            f"{count:,} records could not be applied, and wait",
            "SELECT reason, count(*) FROM sp_v2_dead_letters WHERE state = 'open' GROUP BY 1; "
            "correct them in the core, or dismiss them",
            open_count=count,
        )
    return holds(name, "none", open_count=count)


@lru_cache(maxsize=1)
def wanted_revisions() -> tuple[str, ...]:
    """The heads of the migrations that this code brings."""
    script = ScriptDirectory.from_config(alembic_config("postgresql://nobody@nowhere/v2"))
    return tuple(script.get_heads())


def read_v2(settings: Settings) -> V2Reading:
    """V2 as its reader sees it. Raises psycopg.Error."""
    with look(settings.v2_dsn) as connection:
        row = connection.execute(sql("v2_state")).fetchone()
        asked_at = time.time()
        now = arrival_in(connection).now
        ahead_seconds = clock_ahead(now, asked_at, time.time())
        arrival = await_arrival(connection)
    assert row is not None
    return V2Reading(list(row[0] or []), list(wanted_revisions()), arrival, row[1], ahead_seconds)
