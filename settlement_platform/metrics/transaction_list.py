"""The payments of a window, a page at a time: the newest business date first.

Read in the order of V2's index by date and merchant, from any row of it on: a page costs the same
at any depth.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Select, select, tuple_

from settlement_platform.metrics.cohort import Cohort, shape_of
from settlement_platform.metrics.freshness import freshness_columns
from settlement_platform.metrics.reading import as_rows
from settlement_platform.metrics.tables import SHOWN, standing


@dataclass(frozen=True, slots=True)
class Position:
    """A payment's place in the list."""

    transaction_date: dt.date
    merchant_id: str
    transaction_id: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The place of a row of a page."""
        date = dt.date.fromisoformat(row["transaction_date"])
        return cls(date, row["merchant_id"], row["transaction_id"])

    @classmethod
    def parse(cls, cursor: str) -> Self:
        """The place that a cursor names. Raises ValueError."""
        try:
            date, merchant_id, transaction_id = json.loads(base64.urlsafe_b64decode(cursor))
            found = cls(dt.date.fromisoformat(date), merchant_id, transaction_id)
        except (TypeError, ValueError):
            raise ValueError("take next_after of the page before") from None
        if str(found) != cursor:
            raise ValueError("take next_after of the page before")
        return found

    def __str__(self) -> str:
        place = [str(self.transaction_date), self.merchant_id, self.transaction_id]
        return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def transactions_statement(
    cohort: Cohort, statuses: Sequence[str], after: Position | None, limit: int
) -> Select[*tuple[Any, ...]]:
    """One row: a page of the payments, with one more than `limit`, so that the end shows.

    No statuses are all of them. To be executed with the cohort's parameters.
    """
    then = standing(shape_of(cohort)).subquery("standing")
    place = (then.c.transaction_date, then.c.merchant_id, then.c.transaction_id)
    page = select(*(then.c[name] for name in SHOWN)).where(then.c.deleted_at.is_(None))
    if statuses:
        page = page.where(then.c.status.in_(statuses))
    if after:
        page = page.where(
            tuple_(*place) < tuple_(after.transaction_date, after.merchant_id, after.transaction_id)
        )
    page = page.order_by(*(one.desc() for one in place)).limit(limit + 1)
    return select(*freshness_columns(), as_rows(page, "page"))
