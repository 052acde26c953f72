"""Which business days have ended, and which have to be closed, once or again. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from settlement_platform.contracts.scalars import BUSINESS_ZONE, business_date
from settlement_platform.errors import SettlementError

DAY = dt.timedelta(days=1)
CLOSED_BY = dt.time(1)
"""Time of the next business day by which a day is closed."""


class ClosingError(SettlementError):
    """A business day cannot be closed."""


@dataclass(frozen=True)
class DayRange:
    """Business days from the first to the last, both in it."""

    first: dt.date
    last: dt.date

    def days(self) -> list[dt.date]:
        """Each day, in order."""
        return [self.first + n * DAY for n in range((self.last - self.first).days + 1)]

    def has(self, other: DayRange) -> bool:
        """Whether every day of the other is one of these."""
        return self.first <= other.first and other.last <= self.last

    def parameters(self) -> dict[str, dt.date]:
        """As SQL takes it."""
        return {"first_date": self.first, "last_date": self.last}

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True)
class DayState:
    """What V2 has of a business day.

    `version`, `mart_version`: of the newest closing, and of the one that the mart was computed
    from; None: none. `cube_rows`, `close_rows`: rows of either that count payments;
    `differing_rows`: those on which they disagree.
    """

    day: dt.date
    version: int | None
    mart_version: int | None
    cube_rows: int
    close_rows: int
    differing_rows: int


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which a business day is over."""
    return dt.datetime.combine(day + DAY, dt.time(), ZoneInfo(BUSINESS_ZONE))


def last_ended(at: dt.datetime) -> dt.date:
    """The newest business day that is over at an instant."""
    return business_date(at) - DAY


def refuse_unended(days: DayRange, as_of: dt.datetime | None) -> None:
    """Raise ClosingError unless V2 has all that the core committed on these days."""
    if as_of is None:
        raise ClosingError(
            f"{days} cannot be closed: as_of was never published",
            "run 'settlement up --wait': it names the hop that nothing passes",
        )
    if as_of < end_of(days.last):
        at, so_far = end_of(days.last).astimezone(dt.UTC), as_of.astimezone(dt.UTC)
        raise ClosingError(
            f"{days.last} cannot be closed before as_of has passed {at:%Y-%m-%d %H:%M} UTC, "
            f"its end in {BUSINESS_ZONE}; as_of is {so_far:%Y-%m-%d %H:%M:%S} UTC",
            f"close it after that, or the days to {last_ended(as_of)} now",
        )


def must_be_closed(states: Sequence[DayState]) -> list[dt.date]:
    """Days that have no closing: those with payments, and every one after the first closing."""
    closed = [state.day for state in states if state.version is not None]
    first = min(closed, default=dt.date.max)
    return [s.day for s in states if s.version is None and (s.cube_rows or s.day > first)]


def changed_since(states: Sequence[DayState]) -> list[dt.date]:
    """Closed days whose numbers are others by now, or whose mart is not of the newest closing."""
    return [
        state.day
        for state in states
        if state.version is not None
        and (state.differing_rows or (state.close_rows and state.mart_version != state.version))
    ]


def to_close(
    states: Sequence[DayState], now: dt.datetime, as_of: dt.datetime | None
) -> DayRange | None:
    """What has to be closed, once or again, as one range; None when nothing has.

    Days in between are closed again, too, which changes nothing in them.
    """
    return _passed([*_overdue(states, now), *changed_since(states)], as_of)


def never_closed(
    states: Sequence[DayState], now: dt.datetime, as_of: dt.datetime | None
) -> DayRange | None:
    """Of what has to be closed, what never was; None when nothing is."""
    return _passed(_overdue(states, now), as_of)


def _overdue(states: Sequence[DayState], now: dt.datetime) -> list[dt.date]:
    return [day for day in must_be_closed(states) if is_overdue(day, now)]


def _passed(days: Sequence[dt.date], as_of: dt.datetime | None) -> DayRange | None:
    due = [day for day in days if as_of is not None and as_of >= end_of(day)]
    return DayRange(min(due), max(due)) if due else None


def is_overdue(day: dt.date, now: dt.datetime) -> bool:
    """Whether a day that is not closed should have been by now."""
    by = dt.datetime.combine(day + DAY, CLOSED_BY, ZoneInfo(BUSINESS_ZONE))
    return now >= by
