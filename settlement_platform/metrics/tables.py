"""The tables that tiles are read from, as they are now or as they stood at a past instant.

A cell holds what was folded into it, and what still waits to be. At a past instant it holds what it
holds now, less what changed since, as V2's history has it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    cast,
    column,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.schema import Table

from settlement_platform.contracts.scalars import BUSINESS_ZONE, Base
from settlement_platform.contracts.tiles import ALL_GATEWAYS, ALL_MERCHANTS, NO_DATE, ROW_COLUMNS
from settlement_platform.contracts.v2 import AsOf, Transaction
from settlement_platform.metrics.cohort import (
    AT,
    GATEWAYS,
    MERCHANTS,
    TODAY,
    Shape,
    conditions,
    in_window,
)

NOT_KNOWN: ColumnElement[Any] = literal_column(f"date '{NO_DATE}'")
"""The expected date of a payment that has none."""
SHOWN = tuple(name for name in ROW_COLUMNS if name != "deleted_at")
"""What people are shown of a payment in a list."""


def answers_at(shape: Shape) -> ColumnElement[Any] | ScalarSelect[Any]:
    """The instant that an answer holds at: the past one, or as_of, or V2's clock without one."""
    if shape.past:
        return AT
    as_of = select(AsOf.as_of).where(AsOf.as_of_id == 1).scalar_subquery()
    return select(func.coalesce(as_of, func.statement_timestamp())).scalar_subquery()


def today(shape: Shape) -> ColumnElement[Any]:
    """The business date of that instant."""
    if shape.past:
        return TODAY
    date = cast(func.timezone(BUSINESS_ZONE, answers_at(shape)), Date)
    return select(date).scalar_subquery()


def cells(model: type[Base], shape: Shape, from_date: Any, to_date: Any) -> Subquery:
    """The cells of a question's filters with dates from `from_date` up to, and without, `to_date`.

    A cell may come several times: it holds the sums over all of them. A merchant's cells do not
    tell gateways apart: its payments are counted where both are asked.
    """
    table = model.__table__
    assert isinstance(table, Table)
    suffix = table.name.removeprefix("sp_v2_tile_")
    names = [one.name for one in table.columns]
    typed = [column(one.name, one.type) for one in table.columns]
    if shape.merchants and shape.gateways:
        at = AT if shape.past else cast(null(), DateTime(timezone=True))
        counted = getattr(func, f"sp_v2_{suffix}_of")(MERCHANTS, GATEWAYS, from_date, to_date, at)
        every = [counted.table_valued(*typed, name="counted")]
    else:
        every = [table, _changes(table, past=False)]
        if shape.past:
            every.append(_changes(table, past=True))
    chosen = (
        select(*(of.c[name] for name in names)).where(
            of.c.transaction_date >= from_date,
            of.c.transaction_date < to_date,
            *_cell_conditions(of, shape),
        )
        for of in every
    )
    return union_all(*chosen).subquery(suffix)


@cache
def _changes(table: Table, past: bool) -> CTE:
    """What waits to be added to a table's cells, or what changed in them since the instant.

    One object, so that a statement reads it once for all its parts.
    """
    suffix = table.name.removeprefix("sp_v2_tile_")
    typed = (column(one.name, one.type) for one in table.columns)
    counted = (
        getattr(func, f"sp_v2_{suffix}_since")(AT)
        if past
        else getattr(func, f"sp_v2_{suffix}_pending")()
    )
    return select(counted.table_valued(*typed)).cte(f"{'since' if past else 'pending'}_{suffix}")


def _cell_conditions(of: FromClause, shape: Shape) -> list[ColumnElement[bool]]:
    has_merchants = "merchant_id" in of.c
    is_one_gateway = shape.gateways and not shape.merchants
    asked = replace(shape, merchants=shape.merchants and has_merchants, gateways=is_one_gateway)
    found = conditions(of, asked)
    if has_merchants and not shape.merchants:
        found.append(of.c.merchant_id == ALL_MERCHANTS)
    if not is_one_gateway:
        found.append(of.c.gateway == ALL_GATEWAYS)
    return found


def payments(shape: Shape) -> Subquery:
    """Payments with a weight: ROW_COLUMNS, and 1 or -1. Sums over it are those of the instant.

    At a past instant a payment that changed since comes three times: as it is now, the same taken
    away, and as it was.
    """
    table = Transaction.__table__
    now = select(literal_column("1").label("weight"), *(table.c[name] for name in ROW_COLUMNS))
    if not shape.past:
        return now.subquery("payments")
    since = func.sp_v2_changes_since(AT).table_valued(
        column("weight"), *(column(name, table.c[name].type) for name in ROW_COLUMNS), name="since"
    )
    then = select(since.c.weight, *(since.c[name] for name in ROW_COLUMNS))
    return union_all(now, then).subquery("payments")


def standing(shape: Shape) -> Select[*tuple[Any, ...]]:
    """ROW_COLUMNS of the window's payments under the filters, as they stand or stood, once each.

    Those that the core deleted are among them.
    """
    every = payments(shape)
    columns = [every.c[name] for name in ROW_COLUMNS]
    found = select(*columns).where(in_window(every), *conditions(every, shape))
    if shape.past:
        # A payment that changed since is there as it is now, less itself, and as it was.
        found = found.group_by(*columns).having(func.sum(every.c.weight) > 0)
    return found


def reached(of: FromClause, stage: str) -> ColumnElement[bool]:
    """Whether a payment has come to a stage; each stage has those before it, too."""
    if stage == "attempted":
        return true()
    if stage == "failed":
        return of.c.status == "FAILED"
    order = ("captured", "reconciled", "settled", "paid_out")
    needed = order[: order.index(stage) + 1]
    return and_(*(of.c[f"{name}_at"].is_not(None) for name in needed))
