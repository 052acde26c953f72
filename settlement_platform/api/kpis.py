"""`GET /analytics/kpis`: tiles 1 to 3, folds of one row of one statement."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query, Response

from settlement_platform.api.headers import AS_OF_HEADER, say_as_of
from settlement_platform.api.problem_docs import problem_docs
from settlement_platform.api.query import CohortQuery
from settlement_platform.api.reading import V2
from settlement_platform.api.schema import (
    AmountAnswer,
    CohortAnswer,
    FilterAnswer,
    RateAnswer,
    WindowAnswer,
    metric_field,
)
from settlement_platform.contracts.v2 import SOURCE_STREAM
from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.cohort import (
    ASSETS,
    OTHER_METHODS,
    CohortTotals,
    Filters,
    Window,
    cohort_statement,
    cohort_totals,
)
from settlement_platform.metrics.freshness import Freshness, freshness
from settlement_platform.metrics.settled import Settled
from settlement_platform.metrics.settlement_rate import SettlementRate
from settlement_platform.metrics.unsettled import Unsettled

router = APIRouter(prefix="/analytics", tags=["analytics"])


class KpiAnswer(CohortAnswer):
    """Tiles 1 to 3. Settled and unsettled add up to captured, in count and amount."""

    captured: AmountAnswer = metric_field(Captured)
    settled: AmountAnswer = metric_field(Settled)
    unsettled: AmountAnswer = metric_field(Unsettled)
    settlement_rate: RateAnswer = metric_field(SettlementRate)


def kpi_answer(
    totals: CohortTotals, fresh: Freshness, window: Window, filters: Filters
) -> KpiAnswer:
    """The answer from what was read. Pure."""
    return KpiAnswer(
        as_of=fresh.as_of,
        lag_ms=fresh.lag_ms,
        computed_at=fresh.computed_at,
        window=WindowAnswer.of(window),
        filters=FilterAnswer.of(filters),
        assets=list(ASSETS),
        captured=AmountAnswer.of(Captured.fold(totals)),
        settled=AmountAnswer.of(Settled.fold(totals)),
        unsettled=AmountAnswer.of(Unsettled.fold(totals)),
        settlement_rate=RateAnswer.of(SettlementRate.fold(totals)),
    )


def example() -> KpiAnswer:
    """What an answer looks like, for the documentation."""
    computed_at = dt.datetime(2026, 1, 31, 6, 30, tzinfo=dt.UTC)
    canary_at = as_of = computed_at - dt.timedelta(milliseconds=850)
    return kpi_answer(
        CohortTotals(
            captured_count=1_200,
            captured_paise=6_120_000_000,
            settled_count=1_170,
            settled_paise=6_003_720_000,
        ),
        Freshness(as_of=as_of, canary_at=canary_at, computed_at=computed_at),
        Window(dt.date(2026, 1, 1), dt.date(2026, 2, 1)),
        Filters(("M001",), ("UPI", OTHER_METHODS), SOURCE_STREAM),
    )


@router.get(
    "/kpis",
    operation_id="get_kpis",
    summary="Settled, unsettled and the settlement rate",
    responses={
        200: {
            "description": "Tiles 1 to 3, of one instant.",
            "headers": AS_OF_HEADER,
            "content": {"application/json": {"example": example().model_dump(mode="json")}},
        },
        **problem_docs(),
    },
)
async def get_kpis(query: Annotated[CohortQuery, Query()], v2: V2, response: Response) -> KpiAnswer:
    """Tiles 1 to 3 for the payments captured in a window of business dates, under filters.

    All numbers of one answer are read in one statement, and hold as of `as_of`.
    """
    window, filters = query.window(dt.datetime.now(dt.UTC)), query.filters()
    row = await v2.one(cohort_statement(window, filters))
    fresh = freshness(row)
    say_as_of(response, fresh.as_of)
    return kpi_answer(cohort_totals(row), fresh, window, filters)
