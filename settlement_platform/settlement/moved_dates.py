"""Which expected settlement dates a new version of the holidays moves, and why. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from settlement_platform.settlement.calendar import DAY, Calendar, Declaration


@dataclass(frozen=True)
class MovedDate:
    """The captures of one date and cycle: when they were expected, and when they are now.

    `because`: the declarations that push the date the way it went.
    """

    capture_date: dt.date
    cycle_days: int
    before: dt.date
    after: dt.date
    because: tuple[Declaration, ...]


def dates_touched(old: Calendar, new: Calendar, cycles: Iterable[int]) -> list[MovedDate]:
    """What moves from one calendar to another, for these cycles: exactly that, in order.

    A holiday on a Sunday, or one that only gets another name, moves nothing. Raises CalendarError.
    """
    changed = sorted(
        day
        for day in {*old.holidays, *new.holidays}
        if old.is_business_day(day) != new.is_business_day(day)
    )
    return sorted(
        {
            (moved.capture_date, moved.cycle_days): moved
            for cycle_days in set(cycles)
            for day in changed
            for moved in _moved_by(day, cycle_days, old, new, changed)
        }.values(),
        key=lambda moved: (moved.capture_date, moved.cycle_days),
    )


def _moved_by(
    day: dt.date, cycle_days: int, old: Calendar, new: Calendar, changed: list[dt.date]
) -> Iterator[MovedDate]:
    # Expected dates never fall as the capture's date rises: back from the changed day, the first
    # capture that a calendar settles before it ends the search. One that moves because of an
    # earlier day as well is found from that day.
    captured = day
    while True:
        before = old.nth_business_day_after(captured, cycle_days)
        after = new.nth_business_day_after(captured, cycle_days)
        if min(before, after) < day:
            return
        if before != after:
            first = captured + DAY if cycle_days else captured
            passed = (d for d in changed if first <= d <= after)
            pushing = (d for d in passed if new.is_business_day(d) == (after < before))
            because = tuple(why for d in pushing for why in _because(d, old, new))
            yield MovedDate(captured, cycle_days, before, after, because)
        captured -= DAY


def _because(day: dt.date, old: Calendar, new: Calendar) -> tuple[Declaration, ...]:
    """Why a day is a business day no more, or again. Back to an older version: what it lacks."""
    if not new.is_business_day(day):
        return new.holidays[day]
    return new.withdrawn.get(day, old.holidays[day])
