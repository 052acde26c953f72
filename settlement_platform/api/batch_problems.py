"""Why a step of a batch, a decision, or a file was refused, as RFC 9457 problem documents."""

from __future__ import annotations

import uuid

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from settlement_platform.api.problem_docs import Responses, problem_doc, problem_docs
from settlement_platform.api.problems import Problem, problem_response
from settlement_platform.errors import SettlementError
from settlement_platform.settlement.batch_states import Action, IllegalStepError, State
from settlement_platform.settlement.books.findings import (
    ClosedAnomalyError,
    UnknownAnomalyError,
)
from settlement_platform.settlement.books.steps import (
    KeyReusedError,
    StepConflictError,
    UnknownBatchError,
)
from settlement_platform.settlement.csv_rows import FileError

ILLEGAL_STEP = "urn:problem-type:settlement:illegal-step"
# type, title, status
KINDS: dict[type[SettlementError], tuple[str, str, int]] = {
    UnknownBatchError: ("urn:problem-type:settlement:unknown-batch", "No such batch", 404),
    StepConflictError: ("urn:problem-type:settlement:step-conflict", "Another step", 409),
    KeyReusedError: ("urn:problem-type:settlement:key-reused", "Idempotency-Key reused", 422),
    UnknownAnomalyError: ("urn:problem-type:settlement:unknown-anomaly", "No such anomaly", 404),
    ClosedAnomalyError: ("urn:problem-type:settlement:closed-anomaly", "Anomaly is closed", 409),
    FileError: ("urn:problem-type:settlement:unreadable-file", "File cannot be read", 422),
}


class IllegalStep(Problem):
    """A step that a batch cannot take from where it stands."""

    legal: list[State] = Field(description="the states that it can go to")


def problem_of(error: SettlementError) -> Problem:
    """The problem that says an error of KINDS, or an IllegalStepError."""
    detail = f"{error.cause}: {error.remedy}"
    if isinstance(error, IllegalStepError):
        return IllegalStep(
            type=ILLEGAL_STEP,
            title="Illegal step",
            status=409,
            detail=detail,
            legal=list(error.legal),
        )
    kind, title, status = KINDS[type(error)]
    return Problem(type=kind, title=title, status=status, detail=detail)


def refusal_doc(error: SettlementError, description: str) -> Responses:
    """The response that says an error."""
    return problem_doc(problem_of(error), description)


def reading_docs() -> Responses:
    """The responses of a route that looks up one batch."""
    unknown = UnknownBatchError(uuid.UUID(int=1))
    return {**problem_docs(), **refusal_doc(unknown, "There is no such batch.")}


def step_docs() -> Responses:
    """The responses of a route that takes a step."""
    illegal = IllegalStepError(State.CREDITED, Action.CANCEL)
    told = "The batch cannot take this step, or took it with other facts."
    return {**reading_docs(), **refusal_doc(illegal, told)}


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SettlementError)
    return problem_response(problem_of(error))


def add_batch_problem_handlers(app: FastAPI) -> None:
    """Make what refuses a step or a file a problem document."""
    for kind in (*KINDS, IllegalStepError):
        app.add_exception_handler(kind, _refused)
