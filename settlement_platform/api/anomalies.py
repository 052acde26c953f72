"""`/anomalies`: what the rules found, and what people decide about it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from settlement_platform.api.batch_problems import refusal_doc
from settlement_platform.api.headers import say_as_of
from settlement_platform.api.operations import Asked, Asking, Operating, Operations
from settlement_platform.api.paging import DEFAULT_ROWS, MAX_ROWS, page_of
from settlement_platform.api.problem_docs import Responses, answered, problem_docs
from settlement_platform.api.query import InstantText, NameText
from settlement_platform.api.reading import V2
from settlement_platform.api.schema import Answer, FreshnessAnswer, said_fresh
from settlement_platform.contracts.v2 import ANOMALY_STATES, RULES
from settlement_platform.metrics.anomaly_list import anomalies_statement, anomaly_statement
from settlement_platform.metrics.freshness import freshness
from settlement_platform.settlement.books.findings import (
    ClosedAnomalyError,
    Decision,
    UnknownAnomalyError,
    decide,
    mute,
)
from settlement_platform.storage.writing import Connection

router = APIRouter(tags=["anomalies"])
Rule = StrEnum("Rule", [(one, one) for one in RULES])  # type: ignore[misc]
AnomalyState = StrEnum("AnomalyState", [(one, one) for one in ANOMALY_STATES])  # type: ignore[misc]


class AnomaliesQuery(BaseModel):
    """Which findings are listed. A parameter of another name is refused, never ignored."""

    model_config = ConfigDict(extra="forbid")

    rule: list[Rule] = Field(
        default=[], max_length=len(RULES), description="Rules; repeat it for several."
    )
    state: list[AnomalyState] = Field(
        default=[], max_length=len(ANOMALY_STATES), description="States; repeat it for several."
    )
    merchant_id: list[NameText] = Field(
        default=[], max_length=50, description="Merchants; repeat it for several."
    )
    holds: bool | None = Field(
        default=None, description="true: what still holds; false: what was withdrawn."
    )
    after: uuid.UUID | None = Field(
        default=None, description="next_after of the page before. The first page without it."
    )
    limit: int = Field(default=DEFAULT_ROWS, ge=1, le=MAX_ROWS, description="Findings on a page.")


class AnomalyAnswer(Answer):
    """One finding: what, how far from what was expected, and what was decided about it."""

    anomaly_id: uuid.UUID
    rule: Rule
    subject: str = Field(description="what it was found of", examples=["MERC0007"])
    merchant_id: str | None = Field(description="null: not of one merchant")
    window_start_at: dt.datetime = Field(description="first instant of what was looked at")
    window_end_at: dt.datetime = Field(description="first instant after it")
    holds: bool = Field(description="false: withdrawn, because something was corrected")
    unit: str = Field(description="of observed and expected: paise or count")
    observed: str = Field(description="what is there, as digits", examples=["21001122"])
    expected: str = Field(description="what was to be expected, as digits", examples=["6508283"])
    score: str = Field(description="how far apart these are, by the rule", examples=["3.41"])
    evidence: dict[str, Any] = Field(description="the numbers that the rule decided by")
    state: AnomalyState
    muted_until: dt.datetime | None = Field(description="nobody is told of it before; null: now")
    raised_at: dt.datetime = Field(description="when V2 took it, the last time it came to hold")
    withdrawn_at: dt.datetime | None
    decided_at: dt.datetime | None
    decided_by: str | None
    note: str | None
    source_committed_at: dt.datetime = Field(description="newest commit that it counts in")

    @classmethod
    def of(cls, row: dict[str, Any]) -> AnomalyAnswer:
        """The answer that says a row."""
        texts = {name: str(row[name]) for name in ("observed", "expected", "score")}
        return cls.model_validate(row | texts)


class AnomalyPage(FreshnessAnswer):
    """A page of findings."""

    anomalies: list[AnomalyAnswer] = Field(description="the newest first, by raised_at")
    next_after: uuid.UUID | None = Field(description="`after` of the next page; null: the last")


class NoteBody(BaseModel):
    """Why somebody decides so."""

    model_config = ConfigDict(extra="forbid")

    note: NameText = Field(description="for those who look at it later", examples=["festival sale"])


class MuteBody(NoteBody):
    """Until when nobody wants to hear of it."""

    until: InstantText = Field(description="an instant with its zone, in the future")


def _unknown() -> Responses:
    return refusal_doc(UnknownAnomalyError(uuid.UUID(int=1)), "There is no such anomaly.")


def _decision_docs() -> Responses:
    return {**problem_docs(), **_unknown()}


@router.get(
    "/anomalies",
    operation_id="list_anomalies",
    summary="What the rules found, the newest first",
    responses=answered("A page of findings."),
)
async def list_anomalies(
    query: Annotated[AnomaliesQuery, Query()], v2: V2, response: Response
) -> AnomalyPage:
    """Findings under filters, those that were withdrawn among them."""
    row = await v2.one(
        anomalies_statement(
            query.rule, query.state, query.merchant_id, query.holds, query.after, query.limit
        )
    )
    fresh = freshness(row)
    say_as_of(response, fresh.as_of)
    page, last = page_of(row._mapping["page"], query.limit)
    return AnomalyPage.model_validate(
        said_fresh(fresh)
        | {
            "anomalies": [AnomalyAnswer.of(one) for one in page],
            "next_after": last and last["anomaly_id"],
        }
    )


@router.get(
    "/anomalies/{anomaly_id}",
    operation_id="get_anomaly",
    summary="One finding",
    responses={**answered("The finding."), **_unknown()},
)
async def get_anomaly(anomaly_id: uuid.UUID, v2: V2, response: Response) -> AnomalyAnswer:
    """A finding with its evidence."""
    row = await v2.one(anomaly_statement(anomaly_id))
    found = row._mapping["page"]
    if not found:
        raise UnknownAnomalyError(anomaly_id)
    say_as_of(response, freshness(row).as_of)
    return AnomalyAnswer.of(found[0])


@router.post(
    "/anomalies/{anomaly_id}/acknowledge",
    operation_id="acknowledge_anomaly",
    summary="Say that somebody sees to a finding",
    responses={
        **_decision_docs(),
        **refusal_doc(ClosedAnomalyError(uuid.UUID(int=1)), "It is done with already."),
    },
)
def acknowledge(
    anomaly_id: uuid.UUID, body: NoteBody, asked: Asking, operations: Operating
) -> AnomalyAnswer:
    """From OPEN to ACKNOWLEDGED."""
    return _decide(operations, asked, anomaly_id, Decision.ACKNOWLEDGE, body.note)


@router.post(
    "/anomalies/{anomaly_id}/close",
    operation_id="close_anomaly",
    summary="Be done with a finding",
    responses=_decision_docs(),
)
def close(
    anomaly_id: uuid.UUID, body: NoteBody, asked: Asking, operations: Operating
) -> AnomalyAnswer:
    """To CLOSED. It opens again only when it is withdrawn and raised again."""
    return _decide(operations, asked, anomaly_id, Decision.CLOSE, body.note)


@router.post(
    "/anomalies/{anomaly_id}/mute",
    operation_id="mute_anomaly",
    summary="Hear no more of a rule about a subject for a while",
    responses=_decision_docs(),
)
def mute_anomaly(
    anomaly_id: uuid.UUID, body: MuteBody, asked: Asking, operations: Operating
) -> AnomalyAnswer:
    """Findings of this rule about this subject count no more as open before an instant."""
    if body.until <= dt.datetime.now(dt.UTC):
        raise HTTPException(422, "until is in the past: give an instant that is to come")
    request: dict[str, object] = {"operation": "mute", "until": body.until, "note": body.note}
    return _once(
        operations,
        asked,
        request | {"anomaly_id": str(anomaly_id)},
        lambda v2: mute(v2, anomaly_id, body.until, asked.actor, body.note),
    )


def _decide(
    operations: Operations, asked: Asked, anomaly_id: uuid.UUID, decision: Decision, note: str
) -> AnomalyAnswer:
    return _once(
        operations,
        asked,
        {"operation": decision.value, "anomaly_id": str(anomaly_id), "note": note},
        lambda v2: decide(v2, anomaly_id, decision, asked.actor, note),
    )


def _once(
    operations: Operations,
    asked: Asked,
    request: dict[str, object],
    act: Callable[[Connection], dict[str, Any]],
) -> AnomalyAnswer:
    answer = operations.once(
        asked, request, lambda v2: AnomalyAnswer.of(act(v2)).model_dump(mode="json")
    )
    return AnomalyAnswer.model_validate(answer)
