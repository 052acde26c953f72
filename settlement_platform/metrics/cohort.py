"""The cohort C of the tiles: payments captured with their date in a window, under filters."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Text,
    and_,
    any_,
    bindparam,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from settlement_platform.contracts.core import PAYMENT_MODES
from settlement_platform.contracts.scalars import business_date
from settlement_platform.errors import SettlementError

DEFAULT_WINDOW_DAYS = 30
MAX_WINDOW_DAYS = 400
OTHER_METHODS = "OTHER"
"""The payment method that stands for every one that the platform does not know."""


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
    gateways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cohort:
    """What is asked about: a window, filters, and a past instant; None = as it is now."""

    window: Window
    filters: Filters
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What a statement has to have room for: which filters are asked for, and whether of the past.

    Statements are made once for each shape; `parameters` has a cohort's values for them.
    """

    merchants: bool = False
    methods: bool = False
    others: bool = False
    source: bool = False
    gateways: bool = False
    past: bool = False


def shape_of(cohort: Cohort) -> Shape:
    """The shape of a question."""
    filters = cohort.filters
    return Shape(
        merchants=bool(filters.merchant_ids),
        methods=bool(filters.payment_methods),
        others=OTHER_METHODS in filters.payment_methods,
        source=filters.source_type is not None,
        gateways=bool(filters.gateways),
        past=cohort.at is not None,
    )


def parameters(cohort: Cohort) -> dict[str, Any]:
    """The values of a question, for a statement of its shape."""
    filters = cohort.filters
    return {
        "from_date": cohort.window.from_date,
        "to_date": cohort.window.to_date,
        "merchants": list(filters.merchant_ids),
        "methods": [one for one in filters.payment_methods if one != OTHER_METHODS],
        "source": filters.source_type,
        "gateways": list(filters.gateways),
        "at": cohort.at,
        "today": None if cohort.at is None else business_date(cohort.at),
    }


FROM_DATE, TO_DATE = (bindparam(name, type_=Date()) for name in ("from_date", "to_date"))
AT = bindparam("at", type_=DateTime(timezone=True))
TODAY = bindparam("today", type_=Date())
MERCHANTS, METHODS, GATEWAYS = (
    bindparam(name, type_=ARRAY(Text())) for name in ("merchants", "methods", "gateways")
)
SOURCE = bindparam("source", type_=Text())


def in_window(of: FromClause) -> ColumnElement[bool]:
    """Whether a row's business date is in the window."""
    return and_(of.c.transaction_date >= FROM_DATE, of.c.transaction_date < TO_DATE)


def conditions(of: FromClause, shape: Shape) -> list[ColumnElement[bool]]:
    """Which rows of a table, or of a selection with its columns, pass the filters.

    OTHER is each payment method that the platform does not know.
    """
    found: list[ColumnElement[bool]] = []
    if shape.merchants:
        found.append(of.c.merchant_id == any_(MERCHANTS))
    if shape.methods:
        spelled = of.c.payment_method == any_(METHODS)
        other = of.c.payment_method.not_in(PAYMENT_MODES)
        found.append(or_(spelled, other) if shape.others else spelled)
    if shape.source:
        found.append(of.c.source_type == SOURCE)
    if shape.gateways:
        found.append(of.c.gateway == any_(GATEWAYS))
    return found


def window_before(window: Window) -> Window:
    """The window of the same length that ends where this one begins. Raises WindowError."""
    try:
        return Window(window.from_date - (window.to_date - window.from_date), window.from_date)
    except OverflowError:
        cause = f"no window ends at {window.from_date}"
        raise WindowError("from_date", cause, "choose a from_date of this century") from None


def check_past(at: dt.datetime | None, as_of: dt.datetime | None) -> None:
    """Raises WindowError when an instant that is asked for is not complete yet."""
    if at is not None and (as_of is None or at > as_of):
        known = "nothing is complete yet" if as_of is None else f"V2 is complete up to {as_of}"
        raise WindowError(
            "as_of", f"{at} cannot be answered for: {known}", "choose an earlier instant"
        )
