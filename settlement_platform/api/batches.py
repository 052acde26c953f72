"""`/batches` and `/bank-statements`: looked at, and moved on step by step by people."""

from __future__ import annotations

import hashlib
import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from settlement_platform.api.batch_problems import reading_docs, step_docs
from settlement_platform.api.batch_schema import (
    BatchAnswer,
    BatchPage,
    BatchQuery,
    CreditBody,
    ReasonBody,
    SentBody,
    StatementAnswer,
)
from settlement_platform.api.operations import Asked, Asking, Operating, Operations
from settlement_platform.api.problem_docs import problem_doc, problem_docs
from settlement_platform.api.problems import NO_TYPE, Problem
from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.books.credits import apply_statement
from settlement_platform.settlement.books.listing import Wanted, list_batches
from settlement_platform.settlement.books.steps import Step, read_batch, take_step

LARGEST_STATEMENT_BYTES = 16 * 1024**2
TOO_LARGE = f"the file is larger than {LARGEST_STATEMENT_BYTES // 1024**2} MiB: send it in parts"

router = APIRouter(tags=["settlement"])


@router.get(
    "/batches",
    operation_id="list_batches",
    summary="Settlement batches, newest cycle first",
    responses=problem_docs(),
)
def list_settlement_batches(
    query: Annotated[BatchQuery, Query()], operations: Operating
) -> BatchPage:
    """A page of batches under filters."""
    with operations.transaction() as v2:
        rows, next_after = list_batches(v2, Wanted(**query.model_dump()))
    return BatchPage(batches=[BatchAnswer.of(row) for row in rows], next_after=next_after)


@router.get(
    "/batches/{batch_id}",
    operation_id="get_batch",
    summary="One settlement batch",
    responses=reading_docs(),
)
def get_batch(batch_id: uuid.UUID, operations: Operating) -> BatchAnswer:
    """A batch with its steps."""
    with operations.transaction() as v2:
        return BatchAnswer.of(read_batch(v2, batch_id))


@router.post(
    "/batches/{batch_id}/approve",
    operation_id="approve_batch",
    summary="Approve a batch for payout",
    responses=step_docs(),
)
def approve_batch(batch_id: uuid.UUID, asked: Asking, operations: Operating) -> BatchAnswer:
    """From PENDING_APPROVAL to APPROVED."""
    return _step(operations, asked, batch_id, Step(Action.APPROVE, asked.actor))


@router.post(
    "/batches/{batch_id}/sent",
    operation_id="mark_batch_sent",
    summary="Mark a batch as sent to the bank",
    responses=step_docs(),
)
def mark_sent(
    batch_id: uuid.UUID, body: SentBody, asked: Asking, operations: Operating
) -> BatchAnswer:
    """From APPROVED to SENT, with the bank's reference if it gave one."""
    return _step(operations, asked, batch_id, Step(Action.SEND, asked.actor, utr=body.utr))


@router.post(
    "/batches/{batch_id}/credit",
    operation_id="confirm_batch_credit",
    summary="Confirm that the bank credited a batch",
    responses=step_docs(),
)
def confirm_credit(
    batch_id: uuid.UUID, body: CreditBody, asked: Asking, operations: Operating
) -> BatchAnswer:
    """From SENT to CREDITED. Final."""
    wanted = Step(Action.CREDIT, asked.actor, utr=body.utr, value_date=body.value_date)
    return _step(operations, asked, batch_id, wanted)


@router.post(
    "/batches/{batch_id}/fail",
    operation_id="mark_batch_failed",
    summary="Give a batch's transfer up",
    responses=step_docs(),
)
def mark_failed(
    batch_id: uuid.UUID, body: ReasonBody, asked: Asking, operations: Operating
) -> BatchAnswer:
    """To FAILED: its transactions are unsettled again. Final."""
    return _step(operations, asked, batch_id, Step(Action.FAIL, asked.actor, reason=body.reason))


@router.post(
    "/batches/{batch_id}/cancel",
    operation_id="cancel_batch",
    summary="Cancel a batch",
    responses=step_docs(),
)
def cancel_batch(
    batch_id: uuid.UUID, body: ReasonBody, asked: Asking, operations: Operating
) -> BatchAnswer:
    """To CANCELLED: its transactions are unsettled again. Final."""
    return _step(operations, asked, batch_id, Step(Action.CANCEL, asked.actor, reason=body.reason))


@router.post(
    "/bank-statements",
    operation_id="apply_bank_statement",
    summary="Credit what a bank statement confirms",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    },
    responses={
        **problem_docs(),
        **problem_doc(
            Problem(type=NO_TYPE, title=TOO_LARGE, status=413, detail=TOO_LARGE),
            "The file is too large.",
        ),
    },
)
async def post_bank_statement(
    request: Request, asked: Asking, operations: Operating
) -> StatementAnswer:
    """A CSV file with value_date, utr and amount: by UTR and amount, never by amount alone."""
    file = bytearray()
    async for chunk in request.stream():
        file += chunk
        if len(file) > LARGEST_STATEMENT_BYTES:
            raise HTTPException(413, TOO_LARGE)
    return await run_in_threadpool(_apply, operations, asked, bytes(file))


def _apply(operations: Operations, asked: Asked, file: bytes) -> StatementAnswer:
    request: dict[str, object] = {
        "operation": "bank-statement",
        "digest": hashlib.sha256(file).hexdigest(),
    }
    answer = operations.once(
        asked,
        request,
        lambda _: StatementAnswer.of(
            apply_statement(operations.dsn, [file], asked.actor)
        ).model_dump(mode="json"),
    )
    return StatementAnswer.model_validate(answer)


def _step(operations: Operations, asked: Asked, batch_id: uuid.UUID, wanted: Step) -> BatchAnswer:
    request: dict[str, object] = {
        "operation": wanted.action.value,
        "batch_id": str(batch_id),
        "reason": wanted.reason,
        "utr": wanted.utr,
        "value_date": wanted.value_date,
    }
    answer = operations.once(
        asked,
        request,
        lambda v2: BatchAnswer.of(take_step(v2, batch_id, wanted)).model_dump(mode="json"),
    )
    return BatchAnswer.model_validate(answer)
