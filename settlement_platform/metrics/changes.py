"""What changed between two instants: payment by payment, and what it did to the numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Row,
    Select,
    column,
    func,
    literal,
    select,
    union_all,
)

from settlement_platform.contracts.tiles import ROW_COLUMNS
from settlement_platform.contracts.v2 import Transaction
from settlement_platform.metrics.cohort import (
    AT,
    Cohort,
    Shape,
    WindowError,
    conditions,
    in_window,
    shape_of,
)
from settlement_platform.metrics.freshness import Freshness, freshness, freshness_columns
from settlement_platform.metrics.metric import CountAndAmount, Sums
from settlement_platform.metrics.reading import STAGES, as_rows
from settlement_platform.metrics.tables import reached

_STEPS = {
    "captured_at": ("captured", "no longer captured"),
    "reconciled_at": ("reconciled", "no longer reconciled"),
    "settled_at": ("settled", "no longer settled"),
    "paid_out_at": ("paid out", "no longer paid out"),
    "failure_code": ("failed", "no longer failed"),
    "gateway": ("answered by its gateway", "no longer answered"),
    "expected_settlement_date": ("promised for a date", "no longer promised"),
    "fee_paise": ("priced", "no longer priced"),
}
_CORRECTED = ("amount_paise", "merchant_id", "payment_method", "transaction_date", "source_type")


@dataclass(frozen=True, slots=True)
class Change:
    """One payment that is not what it was; None = it did not count then, or does not now."""

    transaction_id: str
    why: list[str]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Changes:
    """All that changed: what each stage has more or less, and a page of the payments."""

    fresh: Freshness
    changed_count: int
    differences: Mapping[str, CountAndAmount]
    page: list[Change]


def check_order(from_at: dt.datetime, to_at: dt.datetime | None) -> None:
    """Raises WindowError when the second instant is not after the first."""
    if to_at is not None and to_at <= from_at:
        raise WindowError(
            "as_of", f"{to_at} is not after {from_at}", "choose an as_of after from_as_of"
        )


def _since(at: ColumnElement[Any], name: str) -> CTE:
    columns = Transaction.__table__.c
    typed = (column(one, columns[one].type) for one in ROW_COLUMNS)
    since = func.sp_v2_changes_since(at).table_valued(column("weight"), *typed, name=f"{name}_rows")
    return select(since.c.weight, *(since.c[one] for one in ROW_COLUMNS)).cte(name)


def _rows(of: CTE, weight: int) -> Select[*tuple[Any, ...]]:
    return select(*(of.c[name] for name in ROW_COLUMNS)).where(of.c.weight == weight)


def _counted(rows: Any, shape: Shape, name: str) -> CTE:
    of = rows.subquery(f"{name}_all")
    return (
        select(*(of.c[one] for one in ROW_COLUMNS))
        .where(of.c.deleted_at.is_(None), in_window(of), *conditions(of, shape))
        .cte(name)
    )


def _sums(of: CTE) -> list[ColumnElement[Any]]:
    found: list[ColumnElement[Any]] = []
    for stage in STAGES:
        # Of a payment that is not there every column is NULL.
        is_in = reached(of, stage) & of.c.transaction_id.is_not(None)
        found.append(func.count().filter(is_in).label(f"{of.name}_{stage}_count"))
        amounts = func.sum(of.c.amount_paise).filter(is_in)
        found.append(func.coalesce(amounts, 0).label(f"{of.name}_{stage}_paise"))
    return found


def changes_statement(
    cohort: Cohort, from_at: dt.datetime, after_id: str, limit: int
) -> Select[*tuple[Any, ...]]:
    """One row: what the payments that changed from an instant to the cohort's come to; a page.

    To be executed with the cohort's parameters.
    """
    shape = shape_of(cohort)
    earlier = _since(literal(from_at, DateTime(timezone=True)), "since_before")
    before = _counted(_rows(earlier, 1), shape, "before")
    now = _rows(earlier, -1)
    if not shape.past:
        after = _counted(now, shape, "after")
    else:
        later = _since(AT, "since_after")
        unchanged = now.where(
            earlier.c.transaction_id.not_in(
                select(later.c.transaction_id).where(later.c.weight == -1)
            )
        )
        after = _counted(union_all(_rows(later, 1), unchanged), shape, "after")
    either = func.coalesce(before.c.transaction_id, after.c.transaction_id)
    pairs = before.join(after, before.c.transaction_id == after.c.transaction_id, full=True)
    differs = before.table_valued().is_distinct_from(after.table_valued())
    total = select(func.count().label("changed_count"), *_sums(before), *_sums(after))
    page = (
        select(
            either.label("transaction_id"),
            func.row_to_json(before.table_valued()).label("before"),
            func.row_to_json(after.table_valued()).label("after"),
        )
        .select_from(pairs)
        .where(differs, either > after_id)
        .order_by(either)
        .limit(limit)
    )
    return select(
        *freshness_columns(),
        as_rows(total.select_from(pairs).where(differs), "total"),
        as_rows(page, "page"),
    )


def why(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    """What happened to a payment, in words. Pure."""
    if before is None:
        return ["it counts since then: begun, restored, or corrected into what is asked about"]
    if after is None:
        return ["it counts no more: deleted, or corrected out of what is asked about"]
    found = []
    for name, (came, went) in _STEPS.items():
        if before[name] == after[name]:
            continue
        if before[name] is None:
            found.append(came)
        elif after[name] is None:
            found.append(went)
        else:
            found.append(f"{name} corrected")
    return found + [f"{name} corrected" for name in _CORRECTED if before[name] != after[name]]


def changes(row: Row[*tuple[Any, ...]]) -> Changes:
    """What a row of changes_statement says. Pure."""
    read = row._mapping
    total = Sums(read["total"][0])
    return Changes(
        fresh=freshness(row),
        changed_count=total["changed_count"],
        differences={
            stage: total.of(f"after_{stage}") - total.of(f"before_{stage}") for stage in STAGES
        },
        page=[
            Change(
                one["transaction_id"],
                why(one["before"], one["after"]),
                one["before"],
                one["after"],
            )
            for one in read["page"] or []
        ],
    )
