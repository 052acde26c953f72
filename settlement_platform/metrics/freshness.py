"""How old an answer is: as_of, the canary, and V2's clock, read in the answer's own statement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from settlement_platform.contracts.v2 import AsOf, Canary

_MILLISECOND = dt.timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Instants that belong to one answer; None = there is none yet."""

    as_of: dt.datetime | None
    canary_at: dt.datetime | None
    computed_at: dt.datetime

    @property
    def lag_ms(self) -> int | None:
        """How far as_of is behind V2's clock, in milliseconds."""
        return _age_ms(self.as_of, self.computed_at)

    @property
    def canary_age_ms(self) -> int | None:
        """How long ago, in milliseconds, the newest canary that arrived left the core."""
        return _age_ms(self.canary_at, self.computed_at)


def _age_ms(at: dt.datetime | None, now_at: dt.datetime) -> int | None:
    # Negative when the clocks disagree: hiding that would hide a stale answer.
    return None if at is None else (now_at - at) // _MILLISECOND


def freshness_columns() -> tuple[ColumnElement[Any], ...]:
    """Columns to add to a statement whose answer is to say how fresh it is."""
    as_of = select(AsOf.as_of).where(AsOf.as_of_id == 1).scalar_subquery()
    canary_at = select(Canary.core_at).where(Canary.canary_id == 1).scalar_subquery()
    return (
        as_of.label("as_of"),
        canary_at.label("canary_at"),
        func.clock_timestamp().label("computed_at"),
    )


def freshness_statement() -> Select[*tuple[Any, ...]]:
    """One row: the freshness alone."""
    return select(*freshness_columns())


def freshness(row: Row[*tuple[Any, ...]]) -> Freshness:
    """The freshness in a row of a statement that asked for freshness_columns."""
    return Freshness(as_of=row.as_of, canary_at=row.canary_at, computed_at=row.computed_at)
