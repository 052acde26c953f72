"""What is behind a number: the rows that it counts, and what changed between two instants."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from settlement_platform.api.headers import say_as_of
from settlement_platform.api.paging import DEFAULT_ROWS, MAX_ROWS
from settlement_platform.api.problem_docs import answered
from settlement_platform.api.query import CohortQuery, InstantText
from settlement_platform.api.reading import V2
from settlement_platform.api.schema import AmountAnswer, Answer, CohortAnswer, PaiseText, said_of
from settlement_platform.contracts.v2 import Transaction, TransactionHistory
from settlement_platform.metrics.changes import changes, changes_statement, check_order
from settlement_platform.metrics.cohort import check_past, parameters
from settlement_platform.metrics.explain import (
    NUMBERS,
    explain_statement,
    explanation,
    sql_of,
)
from settlement_platform.metrics.reading import Part, assets

router = APIRouter(prefix="/analytics", tags=["analytics"])
_HISTORY = [f"v2/{table.__tablename__}" for table in (Transaction, TransactionHistory)]
NumberName = StrEnum("NumberName", {slug.replace(".", "_"): slug for slug in NUMBERS})  # type: ignore[misc]


class PageQuery(CohortQuery):
    """A cohort, and which of its rows are shown."""

    after: str = Field(
        default="",
        max_length=200,
        pattern=r"^[^\x00]*$",
        description="Show the rows after this transaction: next_after of the page before.",
    )
    limit: int = Field(default=DEFAULT_ROWS, ge=1, le=MAX_ROWS, description="Rows on a page.")


class ExplainQuery(PageQuery):
    """Which number is explained."""

    number: NumberName = Field(description="The number.")


class ChangesQuery(PageQuery):
    """The earlier instant; as_of is the later one."""

    from_as_of: InstantText = Field(
        description="The earlier instant. as_of is the later one, now without it.",
        examples=["2026-01-30T06:30:00Z"],
    )


class PaymentAnswer(Answer):
    """One payment as it stood."""

    transaction_id: str
    merchant_id: str
    transaction_date: dt.date
    payment_method: str
    source_type: str
    gateway: str | None
    expected_settlement_date: dt.date | None
    status: str
    failure_code: str | None
    failure_owner: str | None
    amount_paise: PaiseText
    fee_paise: PaiseText | None
    net_paise: PaiseText | None
    created_at: dt.datetime
    captured_at: dt.datetime | None
    reconciled_at: dt.datetime | None
    settled_at: dt.datetime | None
    paid_out_at: dt.datetime | None


class AssetAnswer(Answer):
    """One asset that was read."""

    asset: str = Field(examples=["v2/sp_v2_transactions"])
    as_of: dt.datetime | None = Field(description="it is complete up to here; null = not known")


class ExplainAnswer(CohortAnswer):
    """A number, where it comes from, and the rows that it counts."""

    number: NumberName
    name: str = Field(description="what the tile is called")
    unit: str
    definition: str = Field(description="of the tile that the number stands on")
    value: AmountAnswer = Field(description="as the tile shows it")
    value_of_rows: AmountAnswer = Field(description="what the rows come to, added up one by one")
    adds_up: bool = Field(description="whether these are equal: read in one snapshot, they are")
    sql: str = Field(description="the statement that read this answer")
    parameters: dict[str, str] = Field(description="values of its parameters")
    freshness: list[AssetAnswer] = Field(description="how complete each asset is")
    rows: list[PaymentAnswer] = Field(description="by transaction_id")
    next_after: str | None = Field(description="`after` of the next page; null on the last one")


class ChangeAnswer(Answer):
    """One payment that is not what it was."""

    transaction_id: str
    why: list[str] = Field(examples=[["settled"]])
    before: PaymentAnswer | None = Field(description="null: it did not count then")
    after: PaymentAnswer | None = Field(description="null: it does not count any more")


class ChangesAnswer(CohortAnswer):
    """What changed between two instants; `as_of` is the later one."""

    from_as_of: dt.datetime
    changed_count: int = Field(description="payments that changed, on all pages")
    differences: dict[str, AmountAnswer] = Field(
        description="by stage: the number at as_of less that at from_as_of"
    )
    changes: list[ChangeAnswer] = Field(description="by transaction_id")
    next_after: str | None = Field(description="`after` of the next page; null on the last one")


def _next_after(rows: list[Any], limit: int, key: str) -> str | None:
    return str(rows[-1][key]) if len(rows) == limit else None


@router.get(
    "/explain",
    operation_id="explain_number",
    summary="The rows behind a number",
    responses=answered("The number, its definition, its statement and its rows."),
)
async def explain_number(
    query: Annotated[ExplainQuery, Query()], v2: V2, response: Response
) -> ExplainAnswer:
    """Where a number comes from. Tile and rows are read in one snapshot and have to agree."""
    number = NUMBERS[query.number.value]
    cohort = query.cohort(dt.datetime.now(dt.UTC))
    statement = explain_statement(number, cohort, query.after, query.limit)
    values = parameters(cohort)
    found = explanation(number, await v2.one(statement, values))
    check_past(cohort.at, found.read.fresh.as_of)
    names = [*dict.fromkeys([*assets(cohort.at, (Part.DUE,)), _HISTORY[0]])]
    told = said_of(cohort, found.read.fresh, names)
    say_as_of(response, told["as_of"])
    text, used = sql_of(statement, values)
    return ExplainAnswer.model_validate(
        told
        | {
            "number": query.number,
            "name": number.metric.name,
            "unit": number.metric.unit,
            "definition": number.metric.definition,
            "value": found.value,
            "value_of_rows": found.of_rows,
            "adds_up": found.value == found.of_rows,
            "sql": text,
            "parameters": used,
            "freshness": [{"asset": name, "as_of": found.read.fresh.as_of} for name in names],
            "rows": found.rows,
            "next_after": _next_after(found.rows, query.limit, "transaction_id"),
        }
    )


@router.get(
    "/changes",
    operation_id="list_changes",
    summary="What changed between two instants, and why",
    responses=answered("The differences, and the payments that make them."),
)
async def list_changes(
    query: Annotated[ChangesQuery, Query()], v2: V2, response: Response
) -> ChangesAnswer:
    """The payments that are at `as_of` not what they were at `from_as_of`, from V2's history."""
    cohort = query.cohort(dt.datetime.now(dt.UTC))
    check_order(query.from_as_of, cohort.at)
    statement = changes_statement(cohort, query.from_as_of, query.after, query.limit)
    found = changes(await v2.one(statement, parameters(cohort)))
    check_past(cohort.at or query.from_as_of, found.fresh.as_of)
    told = said_of(cohort, found.fresh, _HISTORY)
    say_as_of(response, told["as_of"])
    shown = [one.transaction_id for one in found.page]
    return ChangesAnswer.model_validate(
        told
        | {
            "from_as_of": query.from_as_of,
            "changed_count": found.changed_count,
            "differences": found.differences,
            "changes": found.page,
            "next_after": shown[-1] if len(shown) == query.limit else None,
        }
    )
