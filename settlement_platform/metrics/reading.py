"""What the tiles are folded from, read by one statement: one snapshot, one row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    Subquery,
    any_,
    case,
    func,
    literal,
    literal_column,
    select,
)

from settlement_platform.contracts.batches import SettlementBatch
from settlement_platform.contracts.core import PAYMENT_MODES
from settlement_platform.contracts.scalars import BUSINESS_ZONE, Base
from settlement_platform.contracts.tiles import (
    DERIVED_TABLES,
    TileCell,
    TileFailure,
    TileHour,
)
from settlement_platform.contracts.v2 import Anomaly, Transaction, TransactionHistory
from settlement_platform.metrics.anomalies_open import anomalies_open
from settlement_platform.metrics.cohort import (
    AT,
    FROM_DATE,
    MERCHANTS,
    OTHER_METHODS,
    TO_DATE,
    Cohort,
    Shape,
    conditions,
    in_window,
    shape_of,
)
from settlement_platform.metrics.freshness import Freshness, freshness, freshness_columns
from settlement_platform.metrics.metric import Sums
from settlement_platform.metrics.tables import (
    NOT_KNOWN,
    answers_at,
    cells,
    payments,
    reached,
    today,
)

STAGES = ("attempted", "failed", "captured", "reconciled", "settled", "paid_out")
TREND_STAGES = ("captured", "settled", "paid_out", "failed")
TRAILING_DAYS = 7
RATE_DAYS = 30
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


class Grain(StrEnum):
    """How long a bucket of the trend is."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class Part(StrEnum):
    """What a statement reads; a tile needs one or two of them."""

    DUE = "due"
    METHODS = "methods"
    TREND = "trend"
    RATE_DAYS = "rate_days"
    HOURS = "hours"
    FAILURES = "failures"
    PAYOUT = "payout"
    ANOMALIES = "anomalies_open"


class Due(StrEnum):
    """When a payment's payout was promised for, against the business date of the answer."""

    PAST = "past"
    TODAY = "today"
    LATER = "later"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a cohort; a part that was not asked for is empty.

    `due` has the sums of each class of expected date, `methods` of each payment method, `trend` of
    each bucket by its start, `rate_days` of each business date, `hours` of the rolling windows by
    name, `failures` by code and owner.
    """

    today: dt.date
    fresh: Freshness
    due: Mapping[Due, Sums]
    methods: Mapping[str, Sums]
    trend: Mapping[str, Sums]
    rate_days: Mapping[dt.date, Sums]
    hours: Mapping[str, Sums]
    failures: Mapping[tuple[str, str], Sums]
    payout: Mapping[str, Any] | None
    oldest_unsettled_date: dt.date | None
    anomalies_open: int | None


def _measures(of: FromClause, names: Iterable[str]) -> list[ColumnElement[Any]]:
    return [func.sum(of.c[name]).label(name) for name in names]


def _both(stages: Iterable[str]) -> list[str]:
    return [f"{stage}_{what}" for stage in stages for what in ("count", "paise")]


def as_rows(statement: Select[*tuple[Any, ...]], name: str) -> ColumnElement[Any]:
    """The rows of a statement as one column: JSON, or NULL of none."""
    rows = statement.subquery(f"{name}_rows")
    whole = func.row_to_json(rows.table_valued())
    return select(func.json_agg(whole)).scalar_subquery().label(name)


def _in_window(model: type[Base], shape: Shape) -> Subquery:
    return cells(model, shape, FROM_DATE, TO_DATE)


def _due(shape: Shape) -> ColumnElement[Any]:
    of = _in_window(TileCell, shape)
    expected, today_date = of.c.expected_settlement_date, today(shape)
    due = case(
        (expected == NOT_KNOWN, literal(Due.UNKNOWN.value)),
        (expected < today_date, literal(Due.PAST.value)),
        (expected == today_date, literal(Due.TODAY.value)),
        else_=literal(Due.LATER.value),
    ).label("due")
    keys = {key.name for key in TileCell.__table__.primary_key}
    names = [one.name for one in TileCell.__table__.columns if one.name not in keys]
    by_date = (
        select(due, of.c.transaction_date, *_measures(of, names))
        .group_by(literal_column("due"), of.c.transaction_date)
        .subquery("by_date")
    )
    waits = by_date.c.captured_count > by_date.c.settled_count
    oldest = func.min(by_date.c.transaction_date).filter(waits).label("oldest_unsettled_date")
    statement = select(by_date.c.due, oldest, *_measures(by_date, names))
    return as_rows(statement.group_by(by_date.c.due), Part.DUE)


def _mature(of: FromClause, shape: Shape) -> list[ColumnElement[Any]]:
    is_mature = of.c.expected_settlement_date < today(shape)
    return [
        func.sum(of.c[f"{stage}_{what}"]).filter(is_mature).label(f"mature_{stage}_{what}")
        for stage in ("captured", "settled", "on_time")
        for what in ("count", "paise")
    ]


def _methods(shape: Shape) -> ColumnElement[Any]:
    of = _in_window(TileCell, shape)
    method = case(
        (of.c.payment_method.in_(PAYMENT_MODES), of.c.payment_method), else_=OTHER_METHODS
    ).label("payment_method_group")
    names = [*_both(("captured", "settled", "priced")), "fee_paise"]
    statement = select(method, *_measures(of, names), *_mature(of, shape))
    return as_rows(statement.group_by(literal_column("payment_method_group")), Part.METHODS)


def _rate_days(shape: Shape) -> ColumnElement[Any]:
    today_date = today(shape)
    # A month has at most a day more than RATE_DAYS.
    of = cells(TileCell, shape, today_date - RATE_DAYS, today_date + 1)
    names = _both(("captured", "settled", "paid_out"))
    statement = select(of.c.transaction_date, *_measures(of, names), *_mature(of, shape))
    return as_rows(statement.group_by(of.c.transaction_date), Part.RATE_DAYS)


def _of_payments(of: FromClause, stages: Iterable[str]) -> list[ColumnElement[Any]]:
    found: list[ColumnElement[Any]] = []
    for stage in stages:
        is_in = reached(of, stage)
        amounts = func.sum(of.c.weight * of.c.amount_paise).filter(is_in)
        found.append(func.sum(of.c.weight).filter(is_in).label(f"{stage}_count"))
        found.append(amounts.label(f"{stage}_paise"))
    return found


def _hour_start(at: ColumnElement[Any] | ScalarSelect[Any], grain: Grain) -> ColumnElement[Any]:
    return func.date_trunc(grain.value, at, BUSINESS_ZONE)


def _hours(shape: Shape) -> ColumnElement[Any]:
    """Sums of the rolling windows: the last 60 minutes and 24 hours, the current one of them."""
    at = answers_at(shape)
    minute_begins = _hour_start(at, Grain.MINUTE) - 59 * MINUTE
    hour_begins = _hour_start(at, Grain.HOUR) - 23 * HOUR
    stages = ("captured", "settled")
    hour = payments(shape)
    chosen = [hour.c.deleted_at.is_(None), *conditions(hour, shape)]
    last_hour = select(literal("last_hour").label("span"), *_of_payments(hour, stages)).where(
        hour.c.created_at >= select(minute_begins).scalar_subquery(), *chosen
    )
    if shape.merchants:
        last_day = select(literal("last_24_hours"), *_of_payments(hour, stages)).where(
            hour.c.created_at >= select(hour_begins).scalar_subquery(), *chosen
        )
    else:
        today_date = today(shape)
        of = cells(TileHour, shape, today_date - 2, today_date + 2)
        last_day = select(literal("last_24_hours"), *_measures(of, _both(stages))).where(
            of.c.hour_start_at >= select(hour_begins).scalar_subquery(),
        )
    both = last_hour.union_all(last_day).subquery()
    return as_rows(select(*both.c), Part.HOURS)


def _trend(shape: Shape, grain: Grain) -> ColumnElement[Any]:
    if grain is Grain.DAY:
        of = cells(TileCell, shape, FROM_DATE - (TRAILING_DAYS - 1), TO_DATE)
        key = of.c.transaction_date.label("bucket")
        statement = select(key, *_measures(of, _both(TREND_STAGES)))
    elif grain is Grain.HOUR and not shape.merchants:
        of = _in_window(TileHour, shape)
        key = of.c.hour_start_at.label("bucket")
        statement = select(key, *_measures(of, _both(TREND_STAGES)))
    else:
        of = payments(shape)
        key = _hour_start(of.c.created_at, grain).label("bucket")
        statement = select(key, *_of_payments(of, TREND_STAGES)).where(
            of.c.deleted_at.is_(None),
            in_window(of),
            *conditions(of, shape),
        )
    grouped = statement.group_by(literal_column("bucket"))
    return as_rows(grouped.order_by(literal_column("bucket")), Part.TREND)


def _failures(shape: Shape) -> ColumnElement[Any]:
    of = _in_window(TileFailure, shape)
    keys = (of.c.failure_code, of.c.failure_owner)
    statement = select(*keys, *_measures(of, _both(("failed",))))
    has_some = func.sum(of.c.failed_count) > 0
    return as_rows(statement.group_by(*keys).having(has_some), Part.FAILURES)


def _payout(shape: Shape) -> ColumnElement[Any]:
    of = SettlementBatch
    statement = select(of.net_paise, of.utr, of.credited_at).where(of.credited_at.is_not(None))
    if shape.merchants:
        statement = statement.where(of.merchant_id == any_(MERCHANTS))
    if shape.past:
        statement = statement.where(of.credited_at <= AT)
    return as_rows(statement.order_by(of.credited_at.desc()).limit(1), Part.PAYOUT)


def reading_statement(
    cohort: Cohort, parts: Iterable[Part], grain: Grain = Grain.DAY
) -> Select[*tuple[Any, ...]]:
    """One row: the parts as JSON, the business date and the freshness, of one snapshot.

    Made once for each shape of a question; `parameters` has the values to execute it with.
    """
    return _statement(shape_of(cohort), tuple(dict.fromkeys(parts)), grain)


@lru_cache(maxsize=1024)
def _statement(shape: Shape, parts: tuple[Part, ...], grain: Grain) -> Select[*tuple[Any, ...]]:
    make = {
        Part.DUE: _due,
        Part.METHODS: _methods,
        Part.TREND: lambda shape: _trend(shape, grain),
        Part.RATE_DAYS: _rate_days,
        Part.HOURS: _hours,
        Part.FAILURES: _failures,
        Part.PAYOUT: _payout,
        Part.ANOMALIES: anomalies_open,
    }
    return select(
        today(shape).label("today"), *freshness_columns(), *(make[part](shape) for part in parts)
    )


def reading(row: Row[*tuple[Any, ...]]) -> Reading:
    """What a row of reading_statement says. Pure."""
    read = row._mapping
    rows = {part: read.get(part.value) or [] for part in Part}
    dates = [one["oldest_unsettled_date"] for one in rows[Part.DUE] if one["oldest_unsettled_date"]]
    return Reading(
        today=row.today,
        fresh=freshness(row),
        due={Due(one["due"]): Sums(one) for one in rows[Part.DUE]},
        methods={one["payment_method_group"]: Sums(one) for one in rows[Part.METHODS]},
        trend={one["bucket"]: Sums(one) for one in rows[Part.TREND]},
        rate_days={
            dt.date.fromisoformat(one["transaction_date"]): Sums(one)
            for one in rows[Part.RATE_DAYS]
        },
        hours={one["span"]: Sums(one) for one in rows[Part.HOURS]},
        failures={
            (one["failure_code"], one["failure_owner"]): Sums(one) for one in rows[Part.FAILURES]
        },
        payout=next(iter(rows[Part.PAYOUT]), None),
        anomalies_open=read.get(Part.ANOMALIES.value),
        oldest_unsettled_date=min(map(dt.date.fromisoformat, dates), default=None),
    )


def assets(at: dt.datetime | None, parts: Iterable[Part]) -> list[str]:
    """What the statement reads."""
    tables: list[Any] = list(DERIVED_TABLES)
    if Part.PAYOUT in parts:
        tables.append(SettlementBatch)
    if Part.ANOMALIES in parts:
        tables.append(Anomaly)
    if at is not None or Part.HOURS in parts:
        tables.append(Transaction)
    if at is not None:
        tables.append(TransactionHistory)
    return [f"v2/{table.__tablename__}" for table in tables]
