"""Waits until V2 has everything that the core committed before a moment."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from settlement_platform.config import Settings
from settlement_platform.errors import StackError
from settlement_platform.monitoring.hops import read_hops, standstill

STALLED_SECONDS = 60.0
"""V2 took nothing new for so long: it is not slow, it stands."""
PAUSE_SECONDS = 0.5
CONNECT_TIMEOUT_SECONDS = 5
CORE_STATE = "SELECT clock_timestamp(), (SELECT count(*) FROM transactions_to_settle)"
V2_STATE = (
    "SELECT (SELECT count(*) FROM sp_v2_transactions WHERE deleted_at IS NULL), "
    "(SELECT max(as_of) FROM sp_v2_as_of)"
)


@dataclass(frozen=True)
class Taken:
    """What V2 has: transactions that are not deleted, and up to when it is complete."""

    rows: int
    as_of: dt.datetime | None

    def has_everything(self, until_at: dt.datetime) -> bool:
        """Everything that the core committed before `until_at` is in."""
        return self.as_of is not None and self.as_of >= until_at


def _core_state(settings: Settings) -> tuple[dt.datetime, int]:
    with psycopg.connect(settings.core_dsn, connect_timeout=CONNECT_TIMEOUT_SECONDS) as core:
        row = core.execute(CORE_STATE).fetchone()
        assert row is not None
        return row[0], row[1]


def await_caught_up(settings: Settings, on_progress: Callable[[int, int], None]) -> int:
    """Wait until V2 has what the core has now; returns the core's transactions.

    `on_progress` gets V2's transactions and the core's. Raises StackError when V2 stands still.
    """
    try:
        until_at, core_rows = _core_state(settings)
        with psycopg.connect(settings.v2_dsn, autocommit=True) as v2:
            return _await(settings, v2, until_at, core_rows, on_progress)
    except psycopg.Error as error:
        raise StackError(
            f"a database went away: {' '.join(str(error).split())}", "see 'settlement status'"
        ) from error


def _await(
    settings: Settings,
    v2: psycopg.Connection[tuple[object, ...]],
    until_at: dt.datetime,
    core_rows: int,
    on_progress: Callable[[int, int], None],
) -> int:
    before, moved_at = Taken(-1, None), time.monotonic()
    while True:
        row = v2.execute(V2_STATE).fetchone()
        assert row is not None
        taken = Taken(*row)  # type: ignore[arg-type]
        on_progress(min(taken.rows, core_rows), core_rows)
        if taken.has_everything(until_at):
            return core_rows
        if taken != before:
            before, moved_at = taken, time.monotonic()
        if time.monotonic() - moved_at > STALLED_SECONDS:
            cause, remedy = standstill(read_hops(settings), until_at)
            raise StackError(f"V2 stands at {taken.rows:,} of {core_rows:,} rows: {cause}", remedy)
        time.sleep(PAUSE_SECONDS)
