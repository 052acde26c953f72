"""Business days: Sundays, second and fourth Saturdays and bank holidays are none. Pure.

A day is a calendar day in Asia/Kolkata. A calendar is what was declared up to one version of the
holidays, for one set of regions; it never changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from settlement_platform.contracts.scalars import BUSINESS_ZONE
from settlement_platform.errors import SettlementError

DAY = dt.timedelta(days=1)
SATURDAY, SUNDAY = 5, 6
DEFAULT_CUT_OFF = dt.time(23, 59, 59)
"""Last second of a day at which a capture counts as that day's, if nothing else is set."""
FARTHEST_DAYS = 366
"""Calendar days within which a settlement date has to be found."""
ZONE = ZoneInfo(BUSINESS_ZONE)


class CalendarError(SettlementError):
    """The holidays cannot be read, or leave no business day to settle on."""


@dataclass(frozen=True)
class Declaration:
    """That a date is a bank holiday in a region, or that it is one no more."""

    version: int
    declared_at: dt.datetime
    change: Literal["add", "remove"]
    date: dt.date
    region: str
    name: str
    source: str
    why: str


@dataclass(frozen=True)
class Calendar:
    """The bank holidays of some regions at one version.

    `holidays`: date -> the declarations that make it one. `withdrawn`: dates that are one no more
    -> the declarations that ended it. `listed`: (region, year) whose whole list is in.
    """

    version: int
    regions: tuple[str, ...]
    holidays: Mapping[dt.date, tuple[Declaration, ...]]
    withdrawn: Mapping[dt.date, tuple[Declaration, ...]]
    listed: frozenset[tuple[str, int]]

    def is_business_day(self, day: dt.date) -> bool:
        """Whether banks settle on a day."""
        return not is_weekend(day) and day not in self.holidays

    def nth_business_day_after(self, day: dt.date, days: int) -> dt.date:
        """The `days`th business day after a day; for 0 the day itself, or the first one after it.

        Raises CalendarError when there is none within a year.
        """
        left = days if days else 1
        for ahead in range(0 if days == 0 else 1, FARTHEST_DAYS + 1):
            candidate = day + ahead * DAY
            left -= self.is_business_day(candidate)
            if left == 0:
                return candidate
        raise CalendarError(
            f"calendar version {self.version} has no {days} business days in the {FARTHEST_DAYS} "
            f"days after {day}",
            "look at the holidays declared for that year",
        )

    def without_a_list(self, first: dt.date, last: dt.date) -> list[tuple[str, int]]:
        """(region, year) of these dates whose list is not in: such years lack movable holidays."""
        years = range(first.year, last.year + 1)
        wanted = {(region, year) for region in self.regions for year in years}
        return sorted(wanted - self.listed)


def is_weekend(day: dt.date) -> bool:
    """Whether a day is a Sunday, or the second or fourth Saturday of its month."""
    if day.weekday() == SATURDAY:
        return (day.day - 1) // 7 + 1 in (2, 4)
    return day.weekday() == SUNDAY


def capture_date(captured_at: dt.datetime, cut_off: dt.time = DEFAULT_CUT_OFF) -> dt.date:
    """The business date that a capture counts for: the next one when it is past the cut-off.

    The whole second of the cut-off is still in time. Raises ValueError on a naive instant.
    """
    if captured_at.tzinfo is None:
        raise ValueError("an instant has a time zone")
    local = captured_at.astimezone(ZONE)
    late = local.time().replace(microsecond=0) > cut_off
    return local.date() + DAY if late else local.date()


def expected_settlement_date(
    captured_at: dt.datetime,
    cycle_days: int,
    calendar: Calendar,
    cut_off: dt.time = DEFAULT_CUT_OFF,
) -> dt.date:
    """The day on which T+`cycle_days` promises the payout of a capture. Raises CalendarError."""
    return calendar.nth_business_day_after(capture_date(captured_at, cut_off), cycle_days)
