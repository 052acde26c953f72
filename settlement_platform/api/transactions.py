"""Payments: a list of them, and of one everything that happened to it."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import Field, field_validator

from settlement_platform.api.behind import PaymentAnswer
from settlement_platform.api.headers import say_as_of
from settlement_platform.api.paging import DEFAULT_ROWS, MAX_ROWS, page_of
from settlement_platform.api.problem_docs import answered, problem_doc
from settlement_platform.api.problems import NO_TYPE, Problem
from settlement_platform.api.query import MAX_NAME_CHARACTERS, CohortQuery
from settlement_platform.api.reading import V2
from settlement_platform.api.schema import (
    Answer,
    CohortAnswer,
    FreshnessAnswer,
    PaiseText,
    said_fresh,
    said_of,
)
from settlement_platform.contracts.v2 import STATUSES, Transaction, TransactionHistory
from settlement_platform.metrics.cohort import check_past, parameters
from settlement_platform.metrics.freshness import freshness
from settlement_platform.metrics.timeline import Source, timeline, timeline_statement
from settlement_platform.metrics.transaction_list import Position, transactions_statement

router = APIRouter(tags=["transactions"])
MAX_CURSOR_CHARACTERS = 2048
Status = StrEnum("Status", [(one, one) for one in STATUSES])  # type: ignore[misc]
UNKNOWN = "V2 holds no payment of this name: the core has none, or it has not arrived yet"


class TransactionsQuery(CohortQuery):
    """Which payments are listed, and which page of them."""

    status: list[Status] = Field(
        default=[],
        max_length=len(STATUSES),
        description="Statuses; repeat it for several. All without it.",
    )
    after: str = Field(
        default="",
        max_length=MAX_CURSOR_CHARACTERS,
        description="Show the payments after this place: next_after of the page before.",
    )
    limit: int = Field(default=DEFAULT_ROWS, ge=1, le=MAX_ROWS, description="Payments on a page.")

    @field_validator("after")
    @classmethod
    def _is_a_place(cls, after: str) -> str:
        if after:
            Position.parse(after)
        return after


class TransactionPage(CohortAnswer):
    """A page of payments."""

    transactions: list[PaymentAnswer] = Field(
        description="the newest transaction_date first, then by merchant_id and transaction_id, "
        "downwards; those that the core deleted are left out"
    )
    next_after: str | None = Field(description="`after` of the next page; null on the last one")


class FactChangeAnswer(Answer):
    """One column that a version changed."""

    field: str = Field(examples=["status"])
    before: str | None = Field(description="null: not known, or the first version")
    after: str | None = Field(description="null: not known")


class MomentAnswer(Answer):
    """One thing that happened to the payment or to a batch of it."""

    at: dt.datetime = Field(description="commit of a version; time of a step or an event")
    source: Source
    what: str = Field(
        description="first or changed; action of a step; topic of an event", examples=["approve"]
    )
    changes: list[FactChangeAnswer] = Field(description="of a version: what it changed")
    lsn: int | None = Field(description="of a version: position in the core's log")
    loaded_at: dt.datetime | None = Field(description="of a version: when V2 took it")
    batch_id: uuid.UUID | None = Field(description="of a step or an event: its batch")
    actor: str | None = Field(description="of a step: who took it")
    event_id: uuid.UUID | None = Field(description="of an event: its identity")


class BatchOfAnswer(Answer):
    """A batch that the payment stands or stood in."""

    batch_id: uuid.UUID
    cycle_date: dt.date = Field(description="business day of the payout")
    state: str
    utr: str | None = Field(description="the bank's reference; null before it is known")
    credited_at: dt.datetime | None
    item_state: str = Field(description="of the payment in it")
    net_paise: PaiseText = Field(description="what the merchant is paid for the payment")
    released_at: dt.datetime | None = Field(description="when the batch failed or was cancelled")


class WholePaymentAnswer(PaymentAnswer):
    """One payment with its money and what it was computed by."""

    gst_paise: PaiseText | None
    reserve_hold_paise: PaiseText | None
    settlement_batch_id: uuid.UUID | None
    terms_id: int | None
    fee_rate_id: int | None
    calendar_version: int | None
    deleted_at: dt.datetime | None
    source_committed_at: dt.datetime
    loaded_at: dt.datetime = Field(description="when V2 took this version")


class TransactionAnswer(FreshnessAnswer):
    """One payment as it is, and how it came to be so."""

    transaction: WholePaymentAnswer
    batches: list[BatchOfAnswer] = Field(description="by the time of its settlement in them")
    timeline: list[MomentAnswer] = Field(description="by time")


@router.get(
    "/transactions",
    operation_id="list_transactions",
    summary="Payments, the newest business date first",
    responses=answered("A page of payments."),
)
async def list_transactions(
    query: Annotated[TransactionsQuery, Query()], v2: V2, response: Response
) -> TransactionPage:
    """The payments of a window under filters, as they are or as they stood at a past instant."""
    cohort = query.cohort(dt.datetime.now(dt.UTC))
    after = Position.parse(query.after) if query.after else None
    statement = transactions_statement(cohort, query.status, after, query.limit)
    row = await v2.one(statement, parameters(cohort))
    fresh = freshness(row)
    check_past(cohort.at, fresh.as_of)
    tables = [Transaction] if cohort.at is None else [Transaction, TransactionHistory]
    told = said_of(cohort, fresh, [f"v2/{table.__tablename__}" for table in tables])
    say_as_of(response, told["as_of"])
    page, last = page_of(row._mapping["page"], query.limit)
    return TransactionPage.model_validate(
        told | {"transactions": page, "next_after": last and str(Position.of(last))}
    )


@router.get(
    "/transactions/{transaction_id:path}",
    operation_id="get_transaction",
    summary="One payment, and everything that happened to it",
    responses={
        **answered("The payment and its timeline."),
        **problem_doc(
            Problem(type=NO_TYPE, title=UNKNOWN, status=404, detail=UNKNOWN),
            "V2 holds no such payment.",
        ),
    },
)
async def get_transaction(
    transaction_id: Annotated[
        str, Path(min_length=1, max_length=MAX_NAME_CHARACTERS, pattern=r"^[^\x00]+$")
    ],
    v2: V2,
    response: Response,
) -> TransactionAnswer:
    """Each version that V2 held with what it changed, its batches, their steps and their events."""
    found = timeline(await v2.one(timeline_statement(transaction_id)))
    if found is None:
        raise HTTPException(404, UNKNOWN)
    say_as_of(response, found.fresh.as_of)
    return TransactionAnswer.model_validate(
        {
            **said_fresh(found.fresh),
            "transaction": found.payment,
            "batches": found.batches,
            "timeline": found.moments,
        }
    )
