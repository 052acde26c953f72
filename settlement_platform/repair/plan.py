"""What a comparison asks to be repaired, day by day. Pure.

A payment that V2 lacks or has otherwise is read again from the core; one that the core lacks is
taken out; a bucket that is wrong is written again once any payment that it counts is read again; a
bucket that counts nothing in the core is set to zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from settlement_platform.errors import ProofError
from settlement_platform.proof.verify import Comparison
from settlement_platform.proof.verify_diff import Findings, Item, Key
from settlement_platform.proof.verify_tables import AGGREGATES, TRANSACTIONS

MOST_IS_FROM = 1_000
"""Ghosts of a day up to which their share does not matter."""

_DATE_OF_ROW = TRANSACTIONS.values.index("transaction_date")
_DATE_OF_BUCKET = AGGREGATES.key.index("transaction_date")


@dataclass
class DayPlan:
    """One business date: how much was compared, and what differs.

    Payments by their id, buckets by their key. `ghosts` and `ghost_buckets` are in V2 and not in
    the core.
    """

    date: dt.date
    compared_rows: int = 0
    compared_buckets: int = 0
    missing: set[str] = field(default_factory=set)
    different: set[str] = field(default_factory=set)
    ghosts: set[str] = field(default_factory=set)
    buckets: set[Key] = field(default_factory=set)
    ghost_buckets: set[Key] = field(default_factory=set)

    @property
    def is_equal(self) -> bool:
        """Nothing of this date differs."""
        return not (
            self.missing or self.different or self.ghosts or self.buckets or self.ghost_buckets
        )

    def to_json(self) -> dict[str, object]:
        """How much of each, as people and programs read it."""
        return {
            "date": self.date.isoformat(),
            "compared_rows": self.compared_rows,
            "compared_buckets": self.compared_buckets,
            "missing": len(self.missing),
            "different": len(self.different),
            "ghosts": len(self.ghosts),
            "buckets": len(self.buckets) + len(self.ghost_buckets),
        }


@dataclass(frozen=True)
class Plan:
    """Every date that was compared. `unnamed`: differences beyond those that could be kept."""

    days: dict[dt.date, DayPlan]
    unnamed: int

    @property
    def is_equal(self) -> bool:
        """Nothing differs at all."""
        return not self.unnamed and all(day.is_equal for day in self.days.values())

    @property
    def differing(self) -> list[DayPlan]:
        """The dates at which something differs."""
        return [day for _, day in sorted(self.days.items()) if not day.is_equal]

    @property
    def size(self) -> int:
        """Differences in all."""
        named = (
            len(day.missing | day.different | day.ghosts) + len(day.buckets | day.ghost_buckets)
            for day in self.days.values()
        )
        return self.unnamed + sum(named)

    @property
    def to_read(self) -> set[str]:
        """Payments that the core has and V2 has not, or otherwise."""
        return set().union(*(day.missing | day.different for day in self.days.values()))

    @property
    def ghosts(self) -> set[str]:
        """Payments that V2 has at a date at which the core has not."""
        return set().union(*(day.ghosts for day in self.days.values()))

    @property
    def buckets(self) -> set[Key]:
        """Buckets that the core counts otherwise than V2."""
        return set().union(*(day.buckets for day in self.days.values()))

    @property
    def ghost_buckets(self) -> set[Key]:
        """Buckets that V2 counts and the core does not."""
        return set().union(*(day.ghost_buckets for day in self.days.values()))


def plan(dates: Iterable[dt.date], comparison: Comparison) -> Plan:
    """What has to be done at these dates, of a comparison of transactions and aggregates."""
    rows = comparison.rows_by_date
    days = {date: DayPlan(date, rows[TRANSACTIONS][date], rows[AGGREGATES][date]) for date in dates}
    transactions, aggregates = (comparison.findings[t] for t in (TRANSACTIONS, AGGREGATES))
    for (transaction_id,), item in transactions.items.items():
        day = days[_date_of(item)]
        kinds = {"missing": day.missing, "different": day.different, "extra": day.ghosts}
        kinds[item.kind].add(transaction_id)
    for key, item in aggregates.items.items():
        day = days[dt.date.fromisoformat(key[_DATE_OF_BUCKET])]
        (day.ghost_buckets if item.kind == "extra" else day.buckets).add(key)
    return Plan(days, _unnamed(transactions) + _unnamed(aggregates))


def _date_of(item: Item) -> dt.date:
    values = item.core or item.v2
    text = values[_DATE_OF_ROW] if values else None
    return dt.date.fromisoformat(text or "")


def _unnamed(findings: Findings) -> int:
    return sum(findings.surplus.values())


def refuse_to_empty(days: Sequence[DayPlan]) -> None:
    """Raises ProofError for a date of which the core has lost most: that is hardly meant."""
    for day in days:
        there = day.compared_rows - len(day.missing) + len(day.ghosts)
        if len(day.ghosts) > MOST_IS_FROM and 2 * len(day.ghosts) > there:
            raise ProofError(
                f"the core lacks {len(day.ghosts):,} of the {there:,} payments that V2 has of "
                f"{day.date.isoformat()}: nothing was changed",
                "see in the core whether its table was truncated or half restored; if that is "
                f"meant: 'settlement replay --date {day.date.isoformat()} --remove-most'",
            )


def chunks(keys: Iterable[str], size: int) -> list[list[str]]:
    """The keys in order, so many at a time."""
    ordered = sorted(keys)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
