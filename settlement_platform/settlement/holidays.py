"""The bank holidays that come with the package, and a calendar of any version of them.

They are data: `versions.csv` says when, by whom and why something was declared, `changes.csv`
which dates it added or removed. What was declared is never edited; a later version amends it.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from settlement_platform.settlement.calendar import Calendar, CalendarError, Declaration

DATA_DIR = Path(__file__).parent / "data" / "holidays"
NATIONAL = "IN"
DEFAULT_REGIONS = (NATIONAL, "IN-MH")
"""Banks settle with each other in Mumbai. IN-MH is observed as Mumbai observes it."""
CHANGES: dict[str, Literal["add", "remove"]] = {"add": "add", "remove": "remove"}
REMEDY = f"correct the files in {DATA_DIR.name}/, version by version"


@dataclass(frozen=True)
class Version:
    """One declaration of holidays: what it changed, and (region, year) that it lists in full."""

    version: int
    declared_at: dt.datetime
    lists: frozenset[tuple[str, int]]
    changes: tuple[Declaration, ...]


def read_versions(versions: Iterable[str], changes: Iterable[str]) -> tuple[Version, ...]:
    """Versions from the lines of the two files, in order.

    Raises CalendarError when a line cannot be read, versions are not numbered in the order in
    which they were declared, or a change adds what is there or removes what is not.
    """
    by_version: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(changes):
        by_version[row["version"]].append(row)
    try:
        read = tuple(
            _version(row, by_version.pop(row["version"], [])) for row in csv.DictReader(versions)
        )
    except (KeyError, ValueError, TypeError) as error:
        raise CalendarError(f"a line of the holidays cannot be read: {error!r}", REMEDY) from error
    if by_version:
        raise CalendarError(f"changes of undeclared versions: {sorted(by_version)}", REMEDY)
    _refuse_disorder(read)
    return read


def _version(row: dict[str, str], changes: list[dict[str, str]]) -> Version:
    number, declared_at = int(row["version"]), dt.datetime.fromisoformat(row["declared_at"])
    if declared_at.tzinfo is None:
        raise ValueError(f"version {number} was declared without a time zone")
    return Version(
        version=number,
        declared_at=declared_at,
        lists=frozenset(_listed(entry) for entry in row["lists"].split(";") if entry),
        changes=tuple(
            Declaration(
                version=number,
                declared_at=declared_at,
                change=CHANGES[change["change"]],
                date=dt.date.fromisoformat(change["date"]),
                region=change["region"],
                name=change["name"],
                source=row["source"],
                why=row["why"],
            )
            for change in changes
        ),
    )


def _listed(entry: str) -> tuple[str, int]:
    region, year = entry.split(" ")
    return region, int(year)


def _refuse_disorder(versions: tuple[Version, ...]) -> None:
    numbers = [version.version for version in versions]
    if numbers != list(range(1, len(numbers) + 1)):
        raise CalendarError(f"versions of the holidays are numbered {numbers}", REMEDY)
    instants = [version.declared_at for version in versions]
    if instants != sorted(instants):
        raise CalendarError("versions of the holidays are not in the order declared", REMEDY)
    standing: set[tuple[str, dt.date]] = set()
    for change in (change for version in versions for change in version.changes):
        subject = (change.region, change.date)
        if (change.change == "add") == (subject in standing):
            raise CalendarError(
                f"version {change.version}: '{change.change}' of {change.date} in {change.region} "
                "changes nothing",
                REMEDY,
            )
        standing ^= {subject}


@lru_cache(maxsize=1)
def published() -> tuple[Version, ...]:
    """The versions that come with the package. Raises CalendarError."""
    versions, changes = (
        (DATA_DIR / name).read_text().splitlines() for name in ("versions.csv", "changes.csv")
    )
    return read_versions(versions, changes)


def calendar_of(
    versions: Iterable[Version], regions: tuple[str, ...] = DEFAULT_REGIONS
) -> Calendar:
    """The calendar of some regions after these versions; a date may be a holiday in several."""
    holidays: dict[dt.date, dict[str, Declaration]] = defaultdict(dict)
    withdrawn: dict[dt.date, dict[str, Declaration]] = defaultdict(dict)
    newest, listed = 0, set[tuple[str, int]]()
    for version in sorted(versions, key=lambda version: version.version):
        newest = version.version
        listed |= {entry for entry in version.lists if entry[0] in regions}
        for change in version.changes:
            if change.region not in regions:
                continue
            into, out_of = (
                (holidays, withdrawn) if change.change == "add" else (withdrawn, holidays)
            )
            into[change.date][change.region] = change
            out_of[change.date].pop(change.region, None)
    return Calendar(
        version=newest,
        regions=regions,
        holidays={day: tuple(by.values()) for day, by in holidays.items() if by},
        withdrawn={day: tuple(by.values()) for day, by in withdrawn.items() if by},
        listed=frozenset(listed),
    )


def calendar_at(
    instant: dt.datetime,
    versions: Iterable[Version] | None = None,
    regions: tuple[str, ...] = DEFAULT_REGIONS,
) -> Calendar:
    """The calendar as far as it was declared at an instant."""
    known = published() if versions is None else versions
    return calendar_of((v for v in known if v.declared_at <= instant), regions)
