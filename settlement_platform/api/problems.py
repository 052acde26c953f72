"""Errors as RFC 9457 problem documents, without SQL, stack or address."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from settlement_platform.errors import StorageError
from settlement_platform.metrics.cohort import WindowError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
MAX_FAULTS = 20
MAX_NAME_CHARACTERS = 100
INVALID_REQUEST = "urn:problem-type:settlement:invalid-request"
STORAGE_UNAVAILABLE = "urn:problem-type:settlement:storage-unavailable"
NO_TYPE = "about:blank"


class Problem(BaseModel):
    """Why there is no answer (RFC 9457)."""

    type: str = Field(description="kind of problem")
    title: str = Field(description="kind of problem, in words")
    status: int = Field(description="HTTP status")
    detail: str = Field(description="what happened, and what to do")


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    parameter: str = Field(description="name of the parameter")
    detail: str = Field(description="what is wrong with it, and what to do")


class InvalidRequest(Problem):
    """What is wrong with a request."""

    errors: list[Fault] = Field(description=f"one for each fault, at most {MAX_FAULTS}")


UNEXPECTED = Problem(
    type=NO_TYPE,
    title="Internal Server Error",
    status=500,
    detail="the request failed for a reason of our own: see the log of the API",
)


def invalid_request(faults: list[Fault]) -> InvalidRequest:
    """The problem of a request that has faults."""
    return InvalidRequest(
        type=INVALID_REQUEST,
        title="Invalid request",
        status=422,
        detail="; ".join(f"{fault.parameter}: {fault.detail}" for fault in faults),
        errors=faults,
    )


def storage_unavailable(error: StorageError) -> Problem:
    """The problem of a V2 that gives no answer."""
    return Problem(
        type=STORAGE_UNAVAILABLE,
        title="V2 is not available",
        status=503,
        detail=f"{error.cause}: {error.remedy}",
    )


def fault(error: dict[str, Any]) -> Fault:
    """A fault from one of Pydantic's errors: where, and why; never the value that was sent."""
    names = [part for part in error["loc"] if isinstance(part, str)]
    return Fault(
        parameter=str(names[-1] if names else "request")[:MAX_NAME_CHARACTERS],
        detail=str(error["msg"]).removeprefix("Value error, "),
    )


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """The HTTP response of a problem. A 503 says when to come again."""
    said = dict(headers or {})
    if problem.status == 503:
        said["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return JSONResponse(
        problem.model_dump(mode="json"), problem.status, said, media_type=MEDIA_TYPE
    )


async def _request_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem_response(invalid_request([fault(one) for one in error.errors()[:MAX_FAULTS]]))


async def _window_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, WindowError)
    detail = f"{error.cause}: {error.remedy}"
    return problem_response(invalid_request([Fault(parameter=error.parameter, detail=detail)]))


async def _storage_unavailable(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StorageError)
    return problem_response(storage_unavailable(error))


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    problem = Problem(
        type=NO_TYPE, title=error.detail, status=error.status_code, detail=error.detail
    )
    return problem_response(problem, dict(error.headers or {}))


async def _unexpected(_: Request, __: Exception) -> JSONResponse:
    # The server logs the exception with its stack; the client learns nothing about the inside.
    return problem_response(UNEXPECTED)


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of the app a problem document."""
    app.add_exception_handler(RequestValidationError, _request_invalid)
    app.add_exception_handler(WindowError, _window_invalid)
    app.add_exception_handler(StorageError, _storage_unavailable)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
