"""Closes business days in V2, and reads what is closed. Thin: the decisions are in days.py."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

from settlement_platform.closing.days import DayRange, DayState, last_ended, refuse_unended
from settlement_platform.config import Settings
from settlement_platform.monitoring.database import look, read_as_of
from settlement_platform.storage.sql_files import statements
from settlement_platform.storage.writing import writing

LOOKED_AT_DAYS = 60
"""Business days in which late changes are looked for."""
sql = statements(Path(__file__).parent / "sql")
MART_MODULE = Path(__file__).with_name("merchant_days.py")
MART_QUERIES = ("merchant_days", "settle_seconds")
LOCK = "LOCK TABLE sp_v2_day_closings IN SHARE ROW EXCLUSIVE MODE"


@dataclass(frozen=True)
class ClosedDay:
    """What closing a day came to.

    `version`: its newest closing; `is_new`: whether a figure changed, so that this closing made it.
    `as_of`, `seen_at`: of the moment that was added up. The differences are to the closing before,
    None without one.
    """

    day: dt.date
    version: int
    is_new: bool
    as_of: dt.datetime
    seen_at: dt.datetime
    row_count: int
    changed_rows: int
    captured_paise: int
    settled_paise: int
    captured_difference_paise: int | None
    settled_difference_paise: int | None


@dataclass(frozen=True)
class ClosingReading:
    """V2's clock, as_of, and the state of each business day that was looked at."""

    now: dt.datetime
    as_of: dt.datetime | None
    states: list[DayState]


def mart_code_version() -> str:
    """Changes when the mart would be computed otherwise."""
    code = b"".join([MART_MODULE.read_bytes(), *map(sql, MART_QUERIES)])
    return hashlib.sha256(code).hexdigest()[:12]


def close_code_version() -> str:
    """Changes when a close would be computed otherwise."""
    return hashlib.sha256(sql("close_days")).hexdigest()[:12]


def close_days(v2_owner_dsn: str, days: DayRange) -> list[ClosedDay]:
    """Close business days, all of one moment; what was closed already has a new version if needed.

    Raises ClosingError for a day that as_of has not passed, and StorageError.
    """
    with writing(v2_owner_dsn) as v2:
        # Two closings of one day at once: the second finds what the first wrote.
        v2.execute(LOCK)
        refuse_unended(days, read_as_of(v2))
        rows = v2.execute(sql("close_days"), days.parameters()).fetchall()
    return [
        ClosedDay(
            *row[:5],
            *(int(figure) for figure in row[5:9]),
            *(None if figure is None else int(figure) for figure in row[9:]),
        )
        for row in rows
    ]


def read_closing(settings: Settings) -> ClosingReading:
    """The business days that have ended, the newest LOOKED_AT_DAYS. Raises psycopg.Error."""
    with look(settings.v2_dsn) as v2:
        row = v2.execute("SELECT clock_timestamp(), (SELECT as_of FROM sp_v2_as_of)").fetchone()
        assert row is not None
        now, as_of = row
        last = last_ended(now)
        days = DayRange(last - dt.timedelta(days=LOOKED_AT_DAYS - 1), last)
        states = [DayState(*row) for row in v2.execute(sql("day_states"), days.parameters())]
    return ClosingReading(now, as_of, states)
