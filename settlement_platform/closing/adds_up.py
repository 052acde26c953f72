"""Whether closes add up: each equals the cube, and settled and unsettled make the captured."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass

from settlement_platform.closing.closes import ClosedDay, sql
from settlement_platform.closing.days import DayRange
from settlement_platform.monitoring.checks import Check, fails, holds
from settlement_platform.monitoring.database import look, read_as_of
from settlement_platform.monitoring.numbers import CLOCK_SECONDS
from settlement_platform.storage.writing import Connection

NAME = "close_adds_up"
STAGES = ("attempted", "captured", "reconciled", "settled", "unsettled", "failed")
FIGURES = tuple(f"{stage}_{unit}" for stage in STAGES for unit in ("count", "paise"))
AS_OF_WAIT_SECONDS = 15.0
PAUSE_SECONDS = 0.25


@dataclass(frozen=True)
class CloseDifference:
    """A row of a close that the cube counts otherwise; both figures as FIGURES has them.

    `is_later`: the cube counts a change that was committed after the close's as_of.
    """

    row: tuple[dt.date, str, str, str]
    closed: tuple[int, ...]
    counted: tuple[int, ...]
    is_later: bool

    def __str__(self) -> str:
        figures = zip(FIGURES, self.closed, self.counted, strict=True)
        told = (f"{name} is {c:,}, the cube has {k:,}" for name, c, k in figures if c != k)
        return f"{' '.join(map(str, self.row))}: {'; '.join(told)}"


@dataclass(frozen=True)
class CloseReading:
    """Closes beside the cube, and those of their rows that do not balance.

    `is_told` is False when the cube may not have had everything yet: as_of did not pass in time.
    """

    days: DayRange
    differences: Sequence[CloseDifference]
    uneven_rows: int
    is_told: bool


def close_adds_up(found: CloseReading) -> Check:
    """Closes are right, or what in them is not. Pure."""
    lasting = [difference for difference in found.differences if not difference.is_later]
    measured = {
        "differing_rows": len(lasting),
        "changed_since_rows": len(found.differences) - len(lasting),
        "uneven_rows": found.uneven_rows,
    }
    if found.uneven_rows:
        cause = (
            f"in {found.uneven_rows:,} rows of {found.days} settled and unsettled are not captured"
        )
        remedy = "see 'Settled and unsettled do not add up' in docs/runbook.md, then close again"
        return fails(NAME, cause, remedy, **measured)
    if lasting and not found.is_told:
        cause = (
            f"{len(lasting):,} rows differ from the cube, and as_of stands: it cannot be told why"
        )
        return fails(NAME, cause, "see 'as_of is stale' in docs/runbook.md", "warning", **measured)
    if lasting:
        cause = f"{len(lasting):,} rows differ from the cube; the first: {lasting[0]}"
        remedy = "see 'The cube differs from its transactions' in docs/runbook.md, then close again"
        return fails(NAME, cause, remedy, **measured)
    return holds(NAME, f"{found.days}: equal to the cube, and even", **measured)


def read_differences(v2: Connection, days: DayRange, as_of: dt.datetime) -> list[CloseDifference]:
    """Rows of these closes that the cube counts otherwise. Raises psycopg.Error."""
    rows = v2.execute(sql("close_differences"), {**days.parameters(), "as_of": as_of})
    return [
        CloseDifference(row[:4], tuple(map(int, row[4])), tuple(map(int, row[5])), row[6])
        for row in rows
    ]


def read_close(
    v2_dsn: str, closed: Sequence[ClosedDay], wait_seconds: float = AS_OF_WAIT_SECONDS
) -> CloseReading:
    """Days that were closed just now, beside the cube. Raises psycopg.Error.

    Two jobs fill the transactions, which were added up, and the cube: where they differ, the cube
    is looked at again once as_of proves that it has what the transactions had.
    """
    days = DayRange(closed[0].day, closed[-1].day)
    as_of, seen_at = closed[0].as_of, closed[0].seen_at
    passed = seen_at + dt.timedelta(seconds=CLOCK_SECONDS)
    deadline = time.monotonic() + wait_seconds
    with look(v2_dsn) as v2:
        row = v2.execute(sql("uneven_rows"), days.parameters()).fetchone()
        assert row is not None
        found, is_told = read_differences(v2, days, as_of), True
        while not all(difference.is_later for difference in found):
            is_told = (read_as_of(v2) or as_of) >= passed
            if is_told or time.monotonic() > deadline:
                found = read_differences(v2, days, as_of)
                break
            time.sleep(PAUSE_SECONDS)
        return CloseReading(days, found, int(row[0]), is_told)
