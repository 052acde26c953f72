"""The nine tiles: each route reads what its tiles need by one statement, and folds it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from settlement_platform.api.headers import AS_OF_HEADER, say_as_of
from settlement_platform.api.problem_docs import Responses, problem_docs
from settlement_platform.api.query import (
    CohortQuery,
    ComparedQuery,
    Comparison,
    DashboardQuery,
    TrendQuery,
)
from settlement_platform.api.reading import V2, V2Reader
from settlement_platform.api.schema import CohortAnswer, WindowAnswer, said_of
from settlement_platform.api.tile_example import example
from settlement_platform.api.tile_schema import (
    DashboardAnswer,
    FailureAnalysisAnswer,
    FunnelAnswer,
    GmvTrendAnswer,
    KpiAnswer,
    PaymentModesAnswer,
    SettlementRateAnswer,
)
from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.cohort import Cohort, check_past, parameters, window_before
from settlement_platform.metrics.failures import Failures
from settlement_platform.metrics.funnel import Funnel
from settlement_platform.metrics.gmv_trend import GmvTrend, check_grain
from settlement_platform.metrics.payment_methods import PaymentMethods
from settlement_platform.metrics.rate_performance import RatePerformance
from settlement_platform.metrics.reading import (
    Grain,
    Part,
    Reading,
    assets,
    reading,
    reading_statement,
)
from settlement_platform.metrics.settled import LastPayout, Settled, SettledNet
from settlement_platform.metrics.settlement_rate import MatureRate, OnTimeRate, SettlementRate
from settlement_platform.metrics.settlement_time import SettlementTime
from settlement_platform.metrics.unsettled import Unsettled, UnsettledClasses

router = APIRouter(prefix="/analytics", tags=["analytics"])
Fields = dict[str, Any]


def kpi_fields(read: Reading) -> Fields:
    """Tiles 1 to 4."""
    return {
        "captured": Captured.fold(read),
        "settled": Settled.fold(read),
        "settled_net_paise": SettledNet.fold(read),
        "last_payout": LastPayout.fold(read),
        "unsettled": Unsettled.fold(read),
        "unsettled_classes": UnsettledClasses.fold(read),
        "settlement_rate": SettlementRate.fold(read),
        "mature_rate": MatureRate.fold(read),
        "on_time_rate": OnTimeRate.fold(read),
        "settlement_time": SettlementTime.fold(read),
        "previous": None,
    }


def method_fields(read: Reading) -> Fields:
    """Tile 5."""
    return {"payment_methods": PaymentMethods.fold(read)}


def trend_fields(read: Reading, cohort: Cohort, grain: Grain) -> Fields:
    """Tile 6."""
    is_days = grain is Grain.DAY
    points = GmvTrend.fold_days(read, cohort.window) if is_days else GmvTrend.fold(read)
    return {"grain": grain, "gmv_trend": points}


def funnel_fields(read: Reading) -> Fields:
    """Tile 7."""
    return {"funnel": Funnel.fold(read)}


def rate_fields(read: Reading) -> Fields:
    """Tile 8."""
    return {"rate_performance": RatePerformance.fold(read)}


def failure_fields(read: Reading) -> Fields:
    """Tile 9."""
    return {"failures": Failures.fold(read)}


def dashboard_fields(read: Reading, cohort: Cohort, grain: Grain) -> Fields:
    """All nine."""
    return {
        **kpi_fields(read),
        **method_fields(read),
        **trend_fields(read, cohort, grain),
        **funnel_fields(read),
        **rate_fields(read),
        **failure_fields(read),
    }


KPI_PARTS = (Part.DUE, Part.PAYOUT)
RATE_PARTS = (Part.RATE_DAYS, Part.HOURS)
FAILURE_PARTS = (Part.FAILURES, Part.DUE, Part.ANOMALIES)


class TileReader:
    """Reads parts of one cohort for one answer."""

    def __init__(self, v2: V2Reader, response: Response) -> None:
        self._v2 = v2
        self._response = response

    async def answer(
        self,
        query: CohortQuery,
        parts: tuple[Part, ...],
        fields: Callable[[Reading, Cohort], Fields],
        grain: Grain = Grain.DAY,
    ) -> Fields:
        """The fields of an answer, read in one snapshot. Raises WindowError and StorageError."""
        cohort = query.cohort(dt.datetime.now(dt.UTC))
        check_grain(grain, cohort.window)
        statement = reading_statement(cohort, parts, grain)
        read = reading(await self._v2.one(statement, parameters(cohort)))
        check_past(cohort.at, read.fresh.as_of)
        told = said_of(cohort, read.fresh, assets(cohort.at, parts))
        say_as_of(self._response, told["as_of"])
        told |= fields(read, cohort)
        if isinstance(query, ComparedQuery) and query.compare is Comparison.PREVIOUS:
            told["previous"] = await self._previous(cohort, told["as_of"] or read.fresh.computed_at)
        return told

    async def _previous(self, cohort: Cohort, at: dt.datetime) -> Fields:
        window = window_before(cohort.window)
        age = cohort.window.from_date - window.from_date
        then = Cohort(window, cohort.filters, at - age)
        statement = reading_statement(then, (Part.DUE,))
        read = reading(await self._v2.one(statement, parameters(then)))
        return {
            "as_of": at - age,
            "window": WindowAnswer.of(window),
            "captured": Captured.fold(read),
            "settled": Settled.fold(read),
            "unsettled": Unsettled.fold(read),
            "settlement_rate": SettlementRate.fold(read),
            "mature_rate": MatureRate.fold(read),
        }


async def read_dashboard(v2: V2Reader, query: TrendQuery, response: Response) -> DashboardAnswer:
    """All nine tiles of one snapshot. Raises WindowError and StorageError."""
    grain = query.grain
    fields = await TileReader(v2, response).answer(
        query,
        tuple(Part),
        lambda read, cohort: dashboard_fields(read, cohort, grain),
        grain,
    )
    return DashboardAnswer.model_validate(fields)


def _documented(model: type[CohortAnswer], description: str) -> Responses:
    return {
        200: {
            "description": description,
            "headers": AS_OF_HEADER,
            "content": {"application/json": {"example": example(model)}},
        },
        **problem_docs(),
    }


@router.get(
    "/kpis",
    operation_id="get_kpis",
    summary="Settled, unsettled, settlement rate and time",
    responses=_documented(KpiAnswer, "Tiles 1 to 4, of one instant."),
)
async def get_kpis(
    query: Annotated[ComparedQuery, Query()], v2: V2, response: Response
) -> KpiAnswer:
    """Tiles 1 to 4 for the payments captured in a window of business dates, under filters.

    All numbers of one answer are read in one statement, and hold as of `as_of`.
    """
    read = TileReader(v2, response)
    return KpiAnswer.model_validate(
        await read.answer(query, KPI_PARTS, lambda read, _: kpi_fields(read))
    )


@router.get(
    "/payment-modes",
    operation_id="get_payment_modes",
    summary="Captured by payment method",
    responses=_documented(PaymentModesAnswer, "Tile 5."),
)
async def get_payment_modes(
    query: Annotated[CohortQuery, Query()], v2: V2, response: Response
) -> PaymentModesAnswer:
    """Tile 5: what each payment method brings, what it costs and how well it settles."""
    read = TileReader(v2, response)
    return PaymentModesAnswer.model_validate(
        await read.answer(query, (Part.METHODS,), lambda read, _: method_fields(read))
    )


@router.get(
    "/gmv-trend",
    operation_id="get_gmv_trend",
    summary="Captured, settled, paid out and failed over time",
    responses=_documented(GmvTrendAnswer, "Tile 6."),
)
async def get_gmv_trend(
    query: Annotated[TrendQuery, Query()], v2: V2, response: Response
) -> GmvTrendAnswer:
    """Tile 6, by day, hour or minute. The buckets add up to the window."""
    grain = query.grain
    read = TileReader(v2, response)
    return GmvTrendAnswer.model_validate(
        await read.answer(
            query, (Part.TREND,), lambda read, cohort: trend_fields(read, cohort, grain), grain
        )
    )


@router.get(
    "/funnel",
    operation_id="get_funnel",
    summary="From attempt to payout, stage by stage",
    responses=_documented(FunnelAnswer, "Tile 7."),
)
async def get_funnel(
    query: Annotated[CohortQuery, Query()], v2: V2, response: Response
) -> FunnelAnswer:
    """Tile 7: each stage is a part of the one before."""
    read = TileReader(v2, response)
    return FunnelAnswer.model_validate(
        await read.answer(query, (Part.DUE,), lambda read, _: funnel_fields(read))
    )


@router.get(
    "/settlement-rate",
    operation_id="get_settlement_rate",
    summary="Settlement rates of fixed spans",
    responses=_documented(SettlementRateAnswer, "Tile 8."),
)
async def get_settlement_rate(
    query: Annotated[CohortQuery, Query()], v2: V2, response: Response
) -> SettlementRateAnswer:
    """Tile 8: the last hour to the last month, whatever the window; filters hold."""
    read = TileReader(v2, response)
    return SettlementRateAnswer.model_validate(
        await read.answer(query, RATE_PARTS, lambda read, _: rate_fields(read))
    )


@router.get(
    "/failure-analysis",
    operation_id="get_failure_analysis",
    summary="Failures by reason and owner, and what is at risk",
    responses=_documented(FailureAnalysisAnswer, "Tile 9."),
)
async def get_failure_analysis(
    query: Annotated[CohortQuery, Query()], v2: V2, response: Response
) -> FailureAnalysisAnswer:
    """Tile 9: what failed for good, and what is overdue."""
    read = TileReader(v2, response)
    return FailureAnalysisAnswer.model_validate(
        await read.answer(query, FAILURE_PARTS, lambda read, _: failure_fields(read))
    )


@router.get(
    "/dashboard",
    operation_id="get_dashboard",
    summary="All nine tiles",
    responses=_documented(DashboardAnswer, "The nine tiles, of one instant."),
)
async def get_dashboard(
    query: Annotated[DashboardQuery, Query()], v2: V2, response: Response
) -> DashboardAnswer:
    """All nine tiles in one answer, read by one statement: they speak of the same payments."""
    return await read_dashboard(v2, query, response)
