"""The calendar in V2: holidays as they were declared, and when each capture date is paid out."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from settlement_platform.settlement.books.ledger import sql
from settlement_platform.settlement.calendar import DAY, Calendar, CalendarError, Declaration
from settlement_platform.settlement.holidays import CHANGES, Version, calendar_of, published
from settlement_platform.settlement.moved_dates import MovedDate, dates_touched
from settlement_platform.storage.writing import Connection

AHEAD_DAYS = 60
"""Calendar days after today whose captures have their date already."""


@dataclass(frozen=True)
class Refreshed:
    """What bringing the settlement dates up to date came to."""

    calendar_version: int
    new_count: int
    moved: tuple[MovedDate, ...]


def declare(v2: Connection, versions: Iterable[Version]) -> list[int]:
    """Take declarations into V2; the numbers of those that were new to it.

    Raises CalendarError when one stands there already and says something else.
    """
    known = {version.version: version for version in declared(v2)}
    new = []
    for version in sorted(versions, key=lambda version: version.version):
        if version.version not in known:
            _insert(v2, version)
            new.append(version.version)
        elif _said(version) != _said(known[version.version]):
            raise CalendarError(
                f"version {version.version} of the holidays was declared otherwise in V2",
                "what was declared is never edited: amend it by a new version",
            )
    return new


def _said(version: Version) -> tuple[object, ...]:
    changes = sorted(version.changes, key=lambda change: (change.region, change.date))
    return version.declared_at, version.lists, changes


def _insert(v2: Connection, version: Version) -> None:
    source, why = (
        (version.changes[0].source, version.changes[0].why) if version.changes else ("", "")
    )
    values = {
        "calendar_version": version.version,
        "declared_at": version.declared_at,
        "lists": ";".join(f"{region} {year}" for region, year in sorted(version.lists)),
        "source": source,
        "why": why,
    }
    v2.execute(sql("insert_calendar_version"), values)
    with v2.cursor() as cursor:
        cursor.executemany(
            sql("insert_holiday"),
            [
                (version.version, change.region, change.date, change.change, change.name)
                for change in version.changes
            ],
        )


def declared(v2: Connection) -> tuple[Version, ...]:
    """The declarations that V2 has, in order."""
    changes: dict[int, list[tuple[str, dt.date, str, str]]] = defaultdict(list)
    for number, *change in v2.execute(sql("select_holidays")):
        changes[number].append((change[0], change[1], change[2], change[3]))
    found = []
    for number, at, lists, source, why in v2.execute(sql("select_calendar_versions")).fetchall():
        entries = (entry.rpartition(" ") for entry in lists.split(";") if entry)
        found.append(
            Version(
                version=number,
                declared_at=at,
                lists=frozenset((region, int(year)) for region, _, year in entries),
                changes=tuple(
                    Declaration(number, at, CHANGES[change], date, region, name, source, why)
                    for region, date, change, name in changes[number]
                ),
            )
        )
    return tuple(found)


def current_calendar(v2: Connection) -> Calendar:
    """The calendar by all that V2 knows."""
    return calendar_of(declared(v2))


def refresh_dates(v2: Connection, first: dt.date, last: dt.date) -> Refreshed:
    """Make the settlement dates of these capture dates what the calendar says, and say what moved.

    For every cycle that some merchant has. A row is written only when it is new or its date is
    another one, with the declarations that moved it. Raises CalendarError.
    """
    versions = declared(v2)
    calendar = calendar_of(versions)
    cycles = [row[0] for row in v2.execute(sql("cycles"))]
    v2.execute(sql("lock_dates"))
    standing = {
        (day, cycle): (expected, version)
        for day, cycle, expected, version in v2.execute(sql("select_dates"), (first, last))
    }
    wanted = {
        (day, cycle): calendar.nth_business_day_after(day, cycle)
        for day in _days(first, last)
        for cycle in cycles
    }
    new = [key for key in wanted if key not in standing]
    moved = {key for key in wanted if key in standing and standing[key][0] != wanted[key]}
    why = _why(versions, calendar, {key: standing[key][1] for key in moved})
    rows: list[tuple[object, ...]]
    rows = [(*key, wanted[key], calendar.version, None, None) for key in new]
    rows += [
        (*key, wanted[key], calendar.version, standing[key][0], _told(why[key]))
        for key in sorted(moved)
    ]
    with v2.cursor() as cursor:
        cursor.executemany(sql("upsert_date"), rows)
    return Refreshed(calendar.version, len(new), tuple(why[key] for key in sorted(moved)))


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def _why(
    versions: Sequence[Version],
    calendar: Calendar,
    moved: dict[tuple[dt.date, int], int],
) -> dict[tuple[dt.date, int], MovedDate]:
    """For each date that moved, from which version of the holidays: how, and because of what."""
    found = {}
    for number in set(moved.values()):
        old = calendar_of([version for version in versions if version.version <= number])
        cycles = {cycle for (_, cycle), since in moved.items() if since == number}
        for touched in dates_touched(old, calendar, cycles):
            key = (touched.capture_date, touched.cycle_days)
            if moved.get(key) == number:
                found[key] = touched
    return found


def _told(moved: MovedDate) -> str:
    return "; ".join(
        f"{one.date} {one.name} ({one.region}, {one.change}): {one.why}" for one in moved.because
    )


def refresh_all(v2: Connection, today: dt.date) -> Refreshed:
    """Take the published holidays in; then all dates from the first listed year to well ahead.

    A capture from before the first year with a list of holidays has no date: nobody knows it.
    """
    declare(v2, published())
    first_year = min(year for version in declared(v2) for _, year in version.lists)
    return refresh_dates(v2, dt.date(first_year, 1, 1), today + AHEAD_DAYS * DAY)


def fill_dates(v2: Connection, today: dt.date) -> Refreshed | None:
    """Bring the dates up to date where a capture of today or of tomorrow might find none."""
    [(lack,)] = v2.execute(sql("dates_lack"), (today + DAY, today)).fetchall()
    return refresh_all(v2, today) if lack else None
