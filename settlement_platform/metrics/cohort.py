"""The cohort C of the tiles: payments captured with their date in a window, under filters.

Read from the cube at DAY grain, whose rows leave out what the core deleted.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from settlement_platform.contracts.core import PAYMENT_MODES
from settlement_platform.contracts.scalars import business_date
from settlement_platform.contracts.v2 import RealtimeAggregate
from settlement_platform.errors import SettlementError
from settlement_platform.metrics.freshness import freshness_columns

DEFAULT_WINDOW_DAYS = 30
MAX_WINDOW_DAYS = 400
OTHER_METHODS = "OTHER"
"""The payment method that stands for every one that the platform does not know."""
ASSETS = (f"v2/{RealtimeAggregate.__tablename__}",)
"""What the cohort is read from."""


class WindowError(SettlementError):
    """A window that nothing can be asked of; `parameter` is the one to change."""

    def __init__(self, parameter: str, cause: str, remedy: str) -> None:
        super().__init__(cause, remedy)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Window:
    """Business dates from `from_date` up to, and without, `to_date`.

    Raises WindowError when it is empty or longer than MAX_WINDOW_DAYS.
    """

    from_date: dt.date
    to_date: dt.date

    def __post_init__(self) -> None:
        if self.from_date >= self.to_date:
            raise WindowError(
                "to_date",
                f"the window from {self.from_date} to {self.to_date} holds no day",
                "choose a to_date after the from_date; to_date itself is not in the window",
            )
        days = (self.to_date - self.from_date).days
        if days > MAX_WINDOW_DAYS:
            raise WindowError(
                "from_date",
                f"the window from {self.from_date} to {self.to_date} has {days} days",
                f"choose at most {MAX_WINDOW_DAYS} days",
            )


def window_or_default(
    from_date: dt.date | None, to_date: dt.date | None, now_at: dt.datetime
) -> Window:
    """The window that was asked for; what is left open makes it DEFAULT_WINDOW_DAYS up to today.

    Without `to_date` it ends with today's business date; without `from_date` it begins
    DEFAULT_WINDOW_DAYS before its end. Raises WindowError.
    """
    try:
        end = to_date or business_date(now_at) + dt.timedelta(days=1)
        return Window(from_date or end - dt.timedelta(days=DEFAULT_WINDOW_DAYS), end)
    except OverflowError:
        raise WindowError(
            "to_date", f"no window ends at {to_date}", "choose a to_date of this century"
        ) from None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which payments count. Values of one filter are alternatives; an empty one asks nothing."""

    merchant_ids: tuple[str, ...] = ()
    payment_methods: tuple[str, ...] = ()
    source_type: str | None = None


def _method_condition(methods: tuple[str, ...]) -> ColumnElement[bool]:
    column = RealtimeAggregate.payment_method
    spelled = column.in_([method for method in methods if method != OTHER_METHODS])
    if OTHER_METHODS not in methods:
        return spelled
    return or_(spelled, column.not_in(PAYMENT_MODES))


def cohort_condition(window: Window, filters: Filters) -> ColumnElement[bool]:
    """Which rows of the cube belong to the cohort."""
    cube = RealtimeAggregate
    conditions = [
        cube.bucket_grain == "DAY",
        cube.transaction_date >= window.from_date,
        cube.transaction_date < window.to_date,
    ]
    if filters.merchant_ids:
        conditions.append(cube.merchant_id.in_(filters.merchant_ids))
    if filters.payment_methods:
        conditions.append(_method_condition(filters.payment_methods))
    if filters.source_type is not None:
        conditions.append(cube.source_type == filters.source_type)
    return and_(*conditions)


def cohort_statement(window: Window, filters: Filters) -> Select[*tuple[Any, ...]]:
    """One row: the cohort's totals and the freshness they are read with, of one snapshot."""
    cube = RealtimeAggregate
    sums = (
        cube.captured_count,
        cube.captured_paise,
        cube.settled_count,
        cube.settled_paise,
    )
    return select(
        *(func.coalesce(func.sum(column), 0).label(column.key) for column in sums),
        *freshness_columns(),
    ).where(cohort_condition(window, filters))


@dataclass(frozen=True, slots=True)
class CohortTotals:
    """Sums over the cohort: payments, and paise."""

    captured_count: int
    captured_paise: int
    settled_count: int
    settled_paise: int


def cohort_totals(row: Row[*tuple[Any, ...]]) -> CohortTotals:
    """The totals of cohort_statement's row; PostgreSQL's sums come as NUMERIC."""
    return CohortTotals(
        captured_count=int(row.captured_count),
        captured_paise=int(row.captured_paise),
        settled_count=int(row.settled_count),
        settled_paise=int(row.settled_paise),
    )
