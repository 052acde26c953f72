"""`GET /healthz` and `GET /readyz`: for those who start, watch and restart the API."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from settlement_platform.api.headers import AS_OF_HEADER, say_as_of
from settlement_platform.api.problem_docs import problem_doc, unexpected_doc
from settlement_platform.api.problems import problem_response
from settlement_platform.api.readiness import Readiness, not_ready, readiness
from settlement_platform.api.reading import V2
from settlement_platform.errors import StorageError
from settlement_platform.metrics.freshness import Freshness, freshness, freshness_statement

_EXAMPLE_AT = dt.datetime(2026, 1, 31, 6, 30, tzinfo=dt.UTC)
_EXAMPLE = not_ready(
    readiness(
        Freshness(
            as_of=_EXAMPLE_AT - dt.timedelta(seconds=42),
            canary_at=_EXAMPLE_AT - dt.timedelta(seconds=41),
            computed_at=_EXAMPLE_AT,
        )
    )
)
assert _EXAMPLE is not None

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process is alive."""

    status: Literal["alive"] = "alive"


@router.get("/healthz", operation_id="get_health", summary="Is the process alive?")
async def get_health() -> Health:
    """Answers without asking anything else."""
    return Health()


@router.get(
    "/readyz",
    operation_id="get_readiness",
    summary="Are there fresh answers to give?",
    response_model=Readiness,
    responses={
        200: {"description": "V2 answers, and as_of is fresh.", "headers": AS_OF_HEADER},
        **unexpected_doc(),
        **problem_doc(_EXAMPLE, "V2 gives no answer, or as_of is not fresh."),
    },
)
async def get_readiness(v2: V2, response: Response) -> Readiness | JSONResponse:
    """Ready when V2 answers and as_of is younger than 30 seconds. Else 503 says which is not."""
    try:
        found = readiness(freshness(await v2.one(freshness_statement())))
    except StorageError as error:
        found = readiness(error)
    problem = not_ready(found)
    if problem is not None:
        return problem_response(problem)
    say_as_of(response, found.as_of)
    return found
