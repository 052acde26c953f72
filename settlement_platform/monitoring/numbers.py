"""Truths of V2's numbers among themselves: nothing is counted twice, lost between, or turned back.

Whether they are the core's numbers is for `settlement verify` to tell, which reads both databases.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from settlement_platform.monitoring.bounded import Unread
from settlement_platform.monitoring.checks import Check, fails, holds, read_logs_of

CLOCK_SECONDS = 1.0
"""By how much the core's clock, which as_of is of, may differ from V2's."""
STANDS_SECONDS = 30.0
"""An as_of of this age does not come any more."""
FIGURES = tuple(
    f"{stage}_{unit}"
    for stage in ("attempted", "captured", "settled", "failed")
    for unit in ("count", "paise")
)


@dataclass(frozen=True)
class Difference:
    """A bucket of a day (date, merchant, method, source type) on which two sides disagree.

    `counted`: the cube's figures; `added_up`: those of V2's transactions; both as FIGURES has them.
    """

    bucket: tuple[dt.date, str, str, str]
    counted: tuple[int, ...]
    added_up: tuple[int, ...]

    @property
    def gap(self) -> tuple[int, ...]:
        """By how much the cube has more."""
        return tuple(c - a for c, a in zip(self.counted, self.added_up, strict=True))

    def __str__(self) -> str:
        figures = zip(FIGURES, self.counted, self.added_up, strict=True)
        told = (f"{name} is {c:,}, they make {a:,}" for name, c, a in figures if c != a)
        return f"{' '.join(map(str, self.bucket))}: {'; '.join(told)}"


@dataclass(frozen=True)
class CubeLook:
    """The cube beside its transactions at one moment. `seen_at` is of V2's clock."""

    seen_at: dt.datetime
    as_of: dt.datetime | None
    buckets_count: int
    transactions_count: int
    differences: Sequence[Difference]

    def is_passed_by(self, as_of: dt.datetime | None) -> bool:
        """Whether whatever was seen then has reached both sides by now."""
        allowed = dt.timedelta(seconds=CLOCK_SECONDS)
        return as_of is not None and as_of >= self.seen_at + allowed


@dataclass(frozen=True)
class CubeReading:
    """Two looks, when there was something to look at again: before, and once as_of passed that.

    `again` is None when nothing differed, or when as_of did not come in time.
    """

    first: CubeLook
    again: CubeLook | None = None

    def lasting(self) -> list[Difference]:
        """Differences that are no change on its way: the same gap in both looks."""
        if self.again is None:
            return []
        before = {(found.bucket, found.gap) for found in self.first.differences}
        return [found for found in self.again.differences if (found.bucket, found.gap) in before]


@dataclass(frozen=True)
class DayBalance:
    """A business day's payments, (count, paise) each.

    `below_zero_count`: buckets of the cube of which more is settled than captured.
    """

    day: dt.date
    captured: tuple[int, int]
    settled: tuple[int, int]
    unsettled: tuple[int, int]
    below_zero_count: int

    @property
    def is_even(self) -> bool:
        """Settled and unsettled are all that was captured, and nothing besides."""
        together = tuple(s + u for s, u in zip(self.settled, self.unsettled, strict=True))
        return together == self.captured and self.below_zero_count == 0

    def __str__(self) -> str:
        parts = {"captured": self.captured, "settled": self.settled, "unsettled": self.unsettled}
        told = ", ".join(f"{name} {c:,} ({p:,} paise)" for name, (c, p) in parts.items())
        return f"{self.day}: {told}; {self.below_zero_count} buckets below zero"


@dataclass(frozen=True)
class VersionsReading:
    """Replaced versions, and those above the row that stands; `first` tells the first of them."""

    versions_count: int
    above_count: int
    first: str | None = None


@dataclass(frozen=True)
class TermsReading:
    """Captured payments, those that stand by other terms than they should, those of strangers.

    `first` and `first_stranger`: the first of each, None when there is none.
    """

    captured_count: int
    wrong_count: int
    stranger_count: int
    first: str | None = None
    first_stranger: str | None = None


@dataclass(frozen=True)
class NumbersReading:
    """V2's numbers of the business days from `from_date` on."""

    from_date: dt.date
    cube: CubeReading
    days: list[DayBalance]
    versions: VersionsReading
    terms: TermsReading


def number_checks(numbers: NumbersReading | Unread) -> list[Check]:
    """Every check on V2's numbers; numbers that cannot be read are one failure."""
    if isinstance(numbers, Unread):
        cause = f"V2's numbers cannot be read: {numbers.cause}"
        return [fails("v2_numbers_can_be_read", cause, read_logs_of("v2-postgres"))]
    return [
        _cube(numbers.cube, numbers.from_date),
        _balance(numbers.days, numbers.from_date),
        _versions(numbers.versions),
        _terms(numbers.terms, numbers.from_date),
    ]


def _cube(reading: CubeReading, from_date: dt.date) -> Check:
    name, lasting, seen = "cube_equals_its_transactions", reading.lasting(), reading.first
    newest = reading.again or seen
    moving_count = len(newest.differences) - len(lasting)
    measured = {
        "buckets_count": newest.buckets_count,
        "transactions_count": newest.transactions_count,
        "differing_buckets_count": len(lasting),
        "moving_buckets_count": moving_count,
    }
    if lasting:
        day = lasting[0].bucket[0]
        return fails(
            name,
            f"{len(lasting):,} buckets of a day differ; the first: {lasting[0]}",
            f"run 'settlement verify --date {day}': it tells which side is wrong",
            **measured,
        )
    stands = seen.as_of is None or (newest.seen_at - seen.as_of).total_seconds() > STANDS_SECONDS
    if moving_count and reading.again is None and stands:
        cause = f"{moving_count:,} buckets differ, and as_of stands: nobody can tell for how long"
        return fails(name, cause, "mend what as_of_is_fresh says", "warning", **measured)
    told = f"{newest.buckets_count:,} buckets of {newest.transactions_count:,} transactions"
    return holds(name, f"{told} since {from_date}, {moving_count:,} moving", **measured)


def _balance(days: list[DayBalance], from_date: dt.date) -> Check:
    name, uneven = "settled_plus_unsettled_is_captured", [day for day in days if not day.is_even]
    measured = {
        f"{what}_{unit}": sum(getattr(day, what)[at] for day in days)
        for what in ("captured", "settled", "unsettled")
        for at, unit in enumerate(("count", "paise"))
    }
    if uneven:
        return fails(
            name,
            f"{len(uneven)} days do not add up; the first: {uneven[0]}",
            f"run 'settlement verify --date {uneven[0].day}'; no row of a captured payment may "
            "have a status or an instant that says otherwise",
            **measured,
        )
    return holds(name, f"{measured['captured_count']:,} captured since {from_date}", **measured)


def _versions(reading: VersionsReading) -> Check:
    name = "no_version_went_back"
    measured = {"versions_count": reading.versions_count, "above_count": reading.above_count}
    if reading.above_count:
        return fails(
            name,
            f"{reading.above_count:,} rows stand below a version that V2 had; {reading.first}",
            "see that the trigger 'guard' of sp_v2_transactions is there and enabled; "
            "'settlement verify' names the rows that are wrong",
            **measured,
        )
    return holds(name, f"{reading.versions_count:,} replaced versions", **measured)


def _terms(reading: TermsReading, from_date: dt.date) -> Check:
    name = "every_transaction_has_its_terms"
    measured = {
        "captured_count": reading.captured_count,
        "wrong_count": reading.wrong_count,
        "stranger_count": reading.stranger_count,
    }
    if reading.wrong_count:
        return fails(
            name,
            f"{reading.wrong_count:,} captured payments stand by other terms than those of their "
            f"capture; the first: {reading.first}",
            "see that the keeper runs and that v2_connector_runs holds: it asks for their "
            "restatement, and sp_v2_restatements tells why",
            **measured,
        )
    told = f"{reading.captured_count:,} captured since {from_date}"
    if reading.stranger_count:
        told += (
            f"; {reading.stranger_count:,} wait for their merchant to be known, "
            f"the first is {reading.first_stranger}"
        )
    return holds(name, told, **measured)
