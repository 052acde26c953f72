"""What the answers look like. Names, units and definitions of numbers come from the metrics."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from settlement_platform.contracts.scalars import BUSINESS_ZONE
from settlement_platform.metrics.cohort import Cohort, Filters, Window
from settlement_platform.metrics.freshness import Freshness
from settlement_platform.metrics.metric import Metric

PaiseText = Annotated[
    int,
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^-?[0-9]+$", "examples": ["5000000"]}),
]
"""Paise as digits: a JavaScript number loses them above 2^53."""


def metric_field(metric: type[Metric[Any]]) -> Any:
    """A field that holds a metric's value, described by the metric."""
    return Field(
        title=metric.name,
        description=metric.definition,
        json_schema_extra={"x-metric": metric.slug, "x-unit": metric.unit},
    )


class Answer(BaseModel):
    """A part of an answer, made from a metric's value with fields of the same names."""

    model_config = ConfigDict(from_attributes=True)


class AmountAnswer(Answer):
    """A number of payments and the sum of their amounts."""

    count: int = Field(description="payments", examples=[42])
    amount_paise: PaiseText = Field(description="sum of their amounts, in paise, as digits")


class RateAnswer(Answer):
    """Rates in basis points."""

    by_count_bps: int | None = Field(description="of payments; null of none", examples=[9750])
    by_value_bps: int | None = Field(description="of amounts; null of nothing", examples=[9810])


class WindowAnswer(BaseModel):
    """The window that was read."""

    from_date: dt.date = Field(description="first business date in it")
    to_date: dt.date = Field(description="first business date after it")
    time_zone: str = Field(description="of business dates", examples=[BUSINESS_ZONE])

    @classmethod
    def of(cls, window: Window) -> WindowAnswer:
        """The answer that says this window."""
        return cls(from_date=window.from_date, to_date=window.to_date, time_zone=BUSINESS_ZONE)


class FilterAnswer(BaseModel):
    """The filters that were applied; an empty one filters nothing."""

    merchant_id: list[str] = Field(description="merchants")
    payment_method: list[str] = Field(description="payment methods")
    source_type: str | None = Field(description="where the payments came from")
    gateway: list[str] = Field(description="gateways")

    @classmethod
    def of(cls, filters: Filters) -> FilterAnswer:
        """The answer that says these filters."""
        return cls(
            merchant_id=list(filters.merchant_ids),
            payment_method=list(filters.payment_methods),
            source_type=filters.source_type,
            gateway=list(filters.gateways),
        )


class FreshnessAnswer(BaseModel):
    """How fresh an answer is."""

    as_of: dt.datetime | None = Field(
        description="everything that the core committed before it is in; null = not known yet",
        examples=["2026-01-31T06:30:00Z"],
    )
    lag_ms: int | None = Field(
        description="computed_at minus as_of, in milliseconds; negative = the clocks disagree",
        examples=[850],
    )
    computed_at: dt.datetime = Field(
        description="V2's clock when it answered", examples=["2026-01-31T06:30:00.850Z"]
    )


class CohortAnswer(FreshnessAnswer):
    """What every answer about a cohort carries."""

    window: WindowAnswer
    filters: FilterAnswer
    assets: list[str] = Field(description="what was read", examples=[["v2/sp_v2_tile_cells"]])


def said_fresh(fresh: Freshness) -> dict[str, Any]:
    """The fields of FreshnessAnswer."""
    return {"as_of": fresh.as_of, "lag_ms": fresh.lag_ms, "computed_at": fresh.computed_at}


def said_of(cohort: Cohort, fresh: Freshness, assets: list[str]) -> dict[str, Any]:
    """The fields of CohortAnswer. The as_of of the past is the instant that was asked for."""
    told = fresh if cohort.at is None else replace(fresh, as_of=cohort.at)
    return {
        **said_fresh(told),
        "window": WindowAnswer.of(cohort.window),
        "filters": FilterAnswer.of(cohort.filters),
        "assets": assets,
    }
