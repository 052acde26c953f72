"""The rows behind a number: which payments it counts, read in the number's own snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    FromClause,
    Row,
    Select,
    and_,
    func,
    not_,
    select,
    true,
)
from sqlalchemy.dialects import postgresql

from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.cohort import Cohort, Shape, shape_of
from settlement_platform.metrics.funnel import Funnel
from settlement_platform.metrics.metric import CountAndAmount, Metric, Sums
from settlement_platform.metrics.reading import (
    STAGES,
    Due,
    Part,
    Reading,
    as_rows,
    reading,
    reading_statement,
)
from settlement_platform.metrics.settled import Settled
from settlement_platform.metrics.settlement_rate import MatureRate, OnTimeRate
from settlement_platform.metrics.tables import SHOWN, reached, standing, today
from settlement_platform.metrics.unsettled import Unsettled, UnsettledClasses

Condition = Callable[[FromClause, ColumnElement[Any]], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a tile that is a count and an amount of payments.

    `is_in` says of a payment and the business date of the answer whether it counts; `fold` gives
    the number that the tile shows.
    """

    slug: str
    metric: type[Metric[Any]]
    is_in: Condition
    fold: Callable[[Reading], CountAndAmount]


def _stage(stage: str) -> Number:
    metric = {"captured": Captured, "settled": Settled}.get(stage, Funnel)
    return Number(
        stage,
        metric,
        lambda of, _: reached(of, stage),
        lambda read: sum(
            (sums.of(stage) for sums in read.due.values()), start=CountAndAmount(0, 0)
        ),
    )


def _waits(of: FromClause) -> ColumnElement[bool]:
    return and_(reached(of, "reconciled"), not_(reached(of, "settled")))


def _waiting(slug: str, is_due: Condition) -> Number:
    return Number(
        f"unsettled.{slug}",
        UnsettledClasses,
        lambda of, day: and_(_waits(of), is_due(of, day)),
        lambda read: getattr(UnsettledClasses.fold(read), slug),
    )


def _mature(slug: str, metric: type[Metric[Any]], stage: str, is_kept: Condition) -> Number:
    def is_in(of: FromClause, day: ColumnElement[Any]) -> ColumnElement[bool]:
        is_past = of.c.expected_settlement_date < day
        return and_(reached(of, "captured"), is_past, is_kept(of, day))

    return Number(slug, metric, is_in, lambda read: read.due.get(Due.PAST, Sums()).of(stage))


def _on_time(of: FromClause, _: ColumnElement[Any]) -> ColumnElement[bool]:
    paid_date = func.date(func.timezone("Asia/Kolkata", of.c.paid_out_at))
    return and_(reached(of, "paid_out"), paid_date <= of.c.expected_settlement_date)


_ALL = (
    *(_stage(stage) for stage in STAGES),
    Number(
        "unsettled",
        Unsettled,
        lambda of, _: and_(reached(of, "captured"), not_(reached(of, "settled"))),
        Unsettled.fold,
    ),
    Number(
        "unsettled.awaiting_reconciliation",
        UnsettledClasses,
        lambda of, _: and_(reached(of, "captured"), not_(reached(of, "reconciled"))),
        lambda read: UnsettledClasses.fold(read).awaiting_reconciliation,
    ),
    _waiting("not_yet_due", lambda of, day: of.c.expected_settlement_date > day),
    _waiting("due_today", lambda of, day: of.c.expected_settlement_date == day),
    _waiting("overdue", lambda of, day: of.c.expected_settlement_date < day),
    _waiting("without_date", lambda of, _: of.c.expected_settlement_date.is_(None)),
    _mature("mature", MatureRate, "captured", lambda _, __: true()),
    _mature("mature_settled", MatureRate, "settled", lambda of, _: reached(of, "settled")),
    _mature("on_time", OnTimeRate, "on_time", _on_time),
)
NUMBERS: Mapping[str, Number] = {number.slug: number for number in _ALL}
"""What can be explained, by slug."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A number as its tile has it, and as its rows add up; a page of these rows by identity."""

    read: Reading
    value: CountAndAmount
    of_rows: CountAndAmount
    rows: list[Mapping[str, Any]]


def _behind(number: Number, shape: Shape) -> Select[*tuple[Any, ...]]:
    then = standing(shape).subquery("standing")
    shown = [then.c[name] for name in SHOWN]
    is_in = number.is_in(then, today(shape))
    return select(*shown).where(then.c.deleted_at.is_(None), is_in)


def explain_statement(
    number: Number, cohort: Cohort, after: str, limit: int
) -> Select[*tuple[Any, ...]]:
    """One row: what the number is folded from, what its rows add up to, and a page of them.

    To be executed with the cohort's parameters.
    """
    behind = _behind(number, shape_of(cohort)).cte("behind")
    total = select(
        func.count().label("behind_count"),
        func.coalesce(func.sum(behind.c.amount_paise), 0).label("behind_paise"),
    ).select_from(behind)
    page = select(behind).where(behind.c.transaction_id > after)
    return reading_statement(cohort, (Part.DUE,)).add_columns(
        as_rows(total, "total"),
        as_rows(page.order_by(behind.c.transaction_id).limit(limit), "page"),
    )


def explanation(number: Number, row: Row[*tuple[Any, ...]]) -> Explanation:
    """What a row of explain_statement says. Pure."""
    read, total = reading(row), Sums(row._mapping["total"][0])
    return Explanation(read, number.fold(read), total.of("behind"), row._mapping["page"] or [])


def sql_of(statement: Executable, values: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """A statement as text, and the values of its parameters."""
    compiled = statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call, attr-defined]
    used = {name: values.get(name, value) for name, value in compiled.params.items()}
    return str(compiled), {name: str(value) for name, value in used.items()}
