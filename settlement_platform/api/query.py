"""What may be asked of the analytics routes: filters and a window, with their limits."""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from settlement_platform.contracts.core import PAYMENT_MODES
from settlement_platform.contracts.scalars import BUSINESS_ZONE
from settlement_platform.contracts.v2 import SOURCE_STREAM, SOURCE_UPLOAD
from settlement_platform.metrics.cohort import (
    DEFAULT_WINDOW_DAYS,
    MAX_WINDOW_DAYS,
    OTHER_METHODS,
    Cohort,
    Filters,
    Window,
    window_or_default,
)
from settlement_platform.metrics.gmv_trend import MAX_DAYS
from settlement_platform.metrics.reading import Grain

MAX_MERCHANTS = 100
MAX_METHODS = 20
MAX_GATEWAYS = 20
MAX_NAME_CHARACTERS = 128


class SourceType(StrEnum):
    """Where a payment came from."""

    SABPAISA_STREAM = SOURCE_STREAM
    MANUAL_UPLOAD = SOURCE_UPLOAD


def _iso_date(value: object) -> object:
    # Pydantic alone takes a number for seconds since 1970, and a time of day for a date.
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("a date is written YYYY-MM-DD")
    return value


# PostgreSQL's text cannot hold U+0000.
NameText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_NAME_CHARACTERS, pattern=r"^[^\x00]+$"),
]


def _iso_instant(value: object) -> object:
    if isinstance(value, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]", value):
        raise ValueError("an instant is written YYYY-MM-DDThh:mm:ssZ")
    return value


InstantText = Annotated[AwareDatetime, BeforeValidator(_iso_instant)]
DateText = Annotated[dt.date, BeforeValidator(_iso_date)]


class CohortQuery(BaseModel):
    """The cohort that is asked about. A parameter of another name is refused, never ignored."""

    model_config = ConfigDict(extra="forbid")

    merchant_id: list[NameText] = Field(
        default=[],
        max_length=MAX_MERCHANTS,
        description="Merchants; repeat it for several. All without it.",
    )
    payment_method: list[NameText] = Field(
        default=[],
        max_length=MAX_METHODS,
        description=f"Payment methods in the core's spelling; repeat it for several. "
        f"{OTHER_METHODS} stands for all but {', '.join(PAYMENT_MODES)}. All without it.",
    )
    source_type: SourceType | None = Field(
        default=None, description="Where the payments came from. All without it."
    )
    from_date: DateText | None = Field(
        default=None,
        description=f"First business date ({BUSINESS_ZONE}) of the window. "
        f"{DEFAULT_WINDOW_DAYS} days before to_date without it.",
        examples=["2026-01-01"],
    )
    to_date: DateText | None = Field(
        default=None,
        description=f"Business date that ends the window, itself not in it, at most "
        f"{MAX_WINDOW_DAYS} days after from_date. Tomorrow without it.",
        examples=["2026-02-01"],
    )

    gateway: list[NameText] = Field(
        default=[],
        max_length=MAX_GATEWAYS,
        description="Gateways that answered; repeat it for several. All without it.",
    )
    as_of: InstantText | None = Field(
        default=None,
        description="The past instant to answer for: numbers as they stood then. "
        "It is the answer's as_of. Now without it.",
        examples=["2026-01-31T06:30:00Z"],
    )

    def window(self, now_at: dt.datetime) -> Window:
        """The window that is asked for at an instant. Raises WindowError."""
        return window_or_default(self.from_date, self.to_date, now_at)

    def filters(self) -> Filters:
        """The filters that are asked for."""
        source = self.source_type.value if self.source_type else None
        methods, gateways = tuple(self.payment_method), tuple(self.gateway)
        return Filters(tuple(self.merchant_id), methods, source, gateways)

    def cohort(self, now_at: dt.datetime) -> Cohort:
        """What is asked about, at an instant. Raises WindowError."""
        return Cohort(self.window(self.as_of or now_at), self.filters(), self.as_of)


class Comparison(StrEnum):
    """What an answer is compared with."""

    PREVIOUS = "previous"


class ComparedQuery(CohortQuery):
    """A cohort, and whether it is compared with the one before."""

    compare: Comparison | None = Field(
        default=None,
        description="previous: beside the window the one before it, of the same length and as it "
        "stood at the same age. Read from history, which takes longer. Nothing without it.",
    )


class TrendQuery(CohortQuery):
    """A cohort, and how long a bucket is."""

    grain: Grain = Field(
        default=Grain.DAY,
        description=f"Length of a bucket. By the hour a window may have {MAX_DAYS[Grain.HOUR]} "
        f"days, by the minute {MAX_DAYS[Grain.MINUTE]}.",
    )


class DashboardQuery(ComparedQuery, TrendQuery):
    """All of it."""
