"""`GET /merchants`: who is paid, and on which terms."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from settlement_platform.api.headers import say_as_of
from settlement_platform.api.paging import DEFAULT_ROWS, MAX_ROWS, page_of
from settlement_platform.api.problem_docs import answered
from settlement_platform.api.query import MAX_NAME_CHARACTERS
from settlement_platform.api.reading import V2
from settlement_platform.api.schema import Answer, FreshnessAnswer, said_fresh
from settlement_platform.metrics.freshness import freshness
from settlement_platform.metrics.merchants import merchants_statement

router = APIRouter(tags=["merchants"])
NO_NUL = r"^[^\x00]*$"


class MerchantQuery(BaseModel):
    """Which merchants are asked for. A parameter of another name is refused, never ignored."""

    model_config = ConfigDict(extra="forbid")

    search: str = Field(
        default="",
        max_length=MAX_NAME_CHARACTERS,
        pattern=NO_NUL,
        description="A part of identity or name, in any case. All without it.",
    )
    after: str = Field(
        default="",
        max_length=MAX_NAME_CHARACTERS,
        pattern=NO_NUL,
        description="Show the merchants after this one: next_after of the page before.",
    )
    limit: int = Field(default=DEFAULT_ROWS, ge=1, le=MAX_ROWS, description="Merchants on a page.")


class MerchantAnswer(Answer):
    """One merchant with the terms of now."""

    merchant_id: str = Field(examples=["M001"])
    merchant_name: str = Field(description="trading name", examples=["Anand Sweets"])
    settlement_cycle_days: int = Field(description="N of T+N, business days", examples=[2])
    rolling_reserve_bps: int = Field(description="share of a payout held back", examples=[500])
    updated_at: dt.datetime = Field(description="when the core last changed it")
    deleted_at: dt.datetime | None = Field(description="when the core deleted it")


class MerchantPage(FreshnessAnswer):
    """A page of merchants."""

    merchants: list[MerchantAnswer] = Field(description="by merchant_id")
    next_after: str | None = Field(description="`after` of the next page; null on the last one")


@router.get(
    "/merchants",
    operation_id="list_merchants",
    summary="Merchants, by identity",
    responses=answered("A page of merchants."),
)
async def list_merchants(
    query: Annotated[MerchantQuery, Query()], v2: V2, response: Response
) -> MerchantPage:
    """Merchants as the core last said them, those that it deleted among them."""
    row = await v2.one(merchants_statement(query.search, query.after, query.limit))
    fresh = freshness(row)
    say_as_of(response, fresh.as_of)
    page, last = page_of(row._mapping["merchants"], query.limit)
    return MerchantPage.model_validate(
        said_fresh(fresh) | {"merchants": page, "next_after": last and last["merchant_id"]}
    )
