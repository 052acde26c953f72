"""What a replay has done, as data, as JSON and as text that people read. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from settlement_platform.repair.plan import DayPlan, Plan


@dataclass(frozen=True)
class DayOutcome:
    """One business date: rows and buckets compared, repaired and removed, and the proof.

    `missing`, `extra` and `different` are what the last comparison found, payments and buckets
    together.
    """

    date: dt.date
    compared_rows: int
    compared_buckets: int
    repaired: int
    removed: int
    buckets: int
    missing: int
    extra: int
    different: int

    @property
    def is_proven(self) -> bool:
        """V2 equals the core at this date."""
        return self.missing == self.extra == self.different == 0

    def to_json(self) -> dict[str, object]:
        """The date's part of the outcome."""
        return {
            "date": self.date.isoformat(),
            "proven": self.is_proven,
            "compared_rows": self.compared_rows,
            "compared_buckets": self.compared_buckets,
            "repaired": self.repaired,
            "removed": self.removed,
            "buckets": self.buckets,
            "missing": self.missing,
            "extra": self.extra,
            "different": self.different,
        }


@dataclass(frozen=True)
class Outcome:
    """Every date in order. `tries`: how often something was repaired and compared again.

    `merchants`: how many differed and were read again or told as deleted.
    """

    days: tuple[DayOutcome, ...]
    as_of: dt.datetime
    tries: int
    seconds: float
    unnamed: int = 0
    merchants: int = 0

    @property
    def is_proven(self) -> bool:
        """V2 equals the core at each date."""
        return not self.unnamed and all(day.is_proven for day in self.days)

    def to_json(self) -> dict[str, object]:
        """The object that `settlement replay --json` prints."""
        return {
            "proven": self.is_proven,
            "as_of": self.as_of.isoformat(),
            "tries": self.tries,
            "seconds": round(self.seconds, 3),
            "merchants": self.merchants,
            "days": [day.to_json() for day in self.days],
        }


def day_outcome(first: DayPlan, planned: list[DayPlan], last: DayPlan) -> DayOutcome:
    """One date: what was found at first, what each try set out to repair, and what is left."""
    left_rows = last.missing | last.different
    left_buckets = last.buckets | last.ghost_buckets
    rows = set[str]().union(*(day.missing | day.different for day in planned))
    ghosts = set[str]().union(*(day.ghosts for day in planned))
    buckets = {key for day in planned for key in day.buckets | day.ghost_buckets}
    return DayOutcome(
        first.date,
        compared_rows=first.compared_rows + len(first.ghosts),
        compared_buckets=first.compared_buckets + len(first.ghost_buckets),
        repaired=len(rows - left_rows),
        removed=len(ghosts - last.ghosts),
        buckets=len(buckets - left_buckets),
        missing=len(last.missing),
        extra=len(last.ghosts) + len(last.ghost_buckets),
        different=len(last.different) + len(last.buckets),
    )


def left_over(outcome: Outcome) -> str:
    """What is not equal after all, the first dates by name."""
    wrong = [day for day in outcome.days if not day.is_proven]
    named = "; ".join(
        f"{day.date.isoformat()}: {day.missing:,} missing, {day.extra:,} extra, "
        f"{day.different:,} different"
        for day in wrong[:5]
    )
    more = f"; and {len(wrong) - 5} dates more" if len(wrong) > 5 else ""
    return f"{named}{more}"


_HEAD = ("date", "rows", "buckets", "missing", "different", "ghosts", "buckets wrong")


def render_plan(found: Plan) -> str:
    """A plan as a person reads it: a line for each date at which something differs."""
    rows = sum(day.compared_rows for day in found.days.values())
    buckets = sum(day.compared_buckets for day in found.days.values())
    lines = [f"{len(found.days)} dates, {rows:,} rows and {buckets:,} buckets compared"]
    if found.is_equal:
        return "\n".join([*lines, "V2 equals the core: nothing to repair"])
    lines += ["", f"{_HEAD[0]:12}" + "".join(f"{name:>15}" for name in _HEAD[1:])]
    for day in found.differing:
        figures = (
            day.compared_rows,
            day.compared_buckets,
            len(day.missing),
            len(day.different),
            len(day.ghosts),
            len(day.buckets) + len(day.ghost_buckets),
        )
        lines.append(f"{day.date.isoformat():12}" + "".join(f"{n:>15,}" for n in figures))
    if found.unnamed:
        lines.append(f"and {found.unnamed:,} more that differ")
    return "\n".join(lines)


def render_outcome(outcome: Outcome) -> str:
    """An outcome as a person reads it: a line in all, and one for each date that was touched."""
    rows = sum(day.compared_rows for day in outcome.days)
    equality = "equals" if outcome.is_proven else "DOES NOT EQUAL"
    lines = [
        f"V2 {equality} the core: {len(outcome.days)} dates, {rows:,} rows compared",
        f"as of {outcome.as_of.isoformat()}, {outcome.seconds:.1f} s",
    ]
    if outcome.merchants:
        lines.append(f"{outcome.merchants:,} merchants repaired")
    for day in outcome.days:
        if day.repaired or day.removed or day.buckets or not day.is_proven:
            lines.append(
                f"{day.date.isoformat()}: {day.repaired:,} rows repaired, {day.removed:,} removed, "
                f"{day.buckets:,} buckets repaired; proof {day.missing:,} missing, "
                f"{day.extra:,} extra, {day.different:,} different"
            )
    return "\n".join(lines)
