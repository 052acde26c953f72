"""Whether the API has fresh answers to give: what is true, decided without I/O."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field

from settlement_platform.api.problems import Problem
from settlement_platform.errors import StorageError
from settlement_platform.metrics.freshness import Freshness

MAX_LAG_MS = 30_000
V2_ANSWERS = "v2_answers"
AS_OF_IS_FRESH = "as_of_is_fresh"
NOT_READY = "urn:problem-type:settlement:not-ready"


class Check(BaseModel):
    """One thing that has to hold."""

    name: str = Field(description="the truth that has to hold", examples=[AS_OF_IS_FRESH])
    ok: bool = Field(description="whether it holds")
    detail: str = Field(description="what was seen", examples=["as_of is 850 ms old"])


class Readiness(BaseModel):
    """What was read, and whether it is good enough to be called ready."""

    as_of: dt.datetime | None = Field(
        description="everything that the core committed before it is in; null = not known"
    )
    lag_ms: int | None = Field(description="age of as_of, in milliseconds", examples=[850])
    canary_age_ms: int | None = Field(
        description="milliseconds since the newest canary that arrived left the core",
        examples=[420],
    )
    checks: list[Check]


class NotReady(Problem, Readiness):
    """Answers are not there or not fresh; `checks` says which, and why."""


def _as_of_check(lag_ms: int | None) -> Check:
    if lag_ms is None:
        return Check(name=AS_OF_IS_FRESH, ok=False, detail="no as_of was published yet")
    if lag_ms <= -MAX_LAG_MS:
        # Such an as_of would look fresh long after the chain has stopped.
        detail = f"as_of is {-lag_ms} ms ahead of V2's clock: the clocks disagree"
        return Check(name=AS_OF_IS_FRESH, ok=False, detail=detail)
    if lag_ms >= MAX_LAG_MS:
        detail = f"as_of is {lag_ms} ms old; it has to be younger than {MAX_LAG_MS} ms"
        return Check(name=AS_OF_IS_FRESH, ok=False, detail=detail)
    return Check(name=AS_OF_IS_FRESH, ok=True, detail=f"as_of is {lag_ms} ms old")


def readiness(seen: Freshness | StorageError) -> Readiness:
    """What V2 said, or why it said nothing, held against every check."""
    if isinstance(seen, StorageError):
        checks = [
            Check(name=V2_ANSWERS, ok=False, detail=seen.cause),
            Check(name=AS_OF_IS_FRESH, ok=False, detail="as_of is not known without V2"),
        ]
        return Readiness(as_of=None, lag_ms=None, canary_age_ms=None, checks=checks)
    return Readiness(
        as_of=seen.as_of,
        lag_ms=seen.lag_ms,
        canary_age_ms=seen.canary_age_ms,
        checks=[
            Check(name=V2_ANSWERS, ok=True, detail="V2 answers"),
            _as_of_check(seen.lag_ms),
        ],
    )


def not_ready(found: Readiness) -> NotReady | None:
    """The problem of checks that failed; None when all hold."""
    failed = [check.detail for check in found.checks if not check.ok]
    if not failed:
        return None
    return NotReady(
        type=NOT_READY, title="Not ready", status=503, detail="; ".join(failed), **dict(found)
    )
