"""`GET /analytics/live`: the nine tiles as server-sent events, each with what has moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import model_validator

from settlement_platform.api.live import MAX_STREAMS, Answer, Live, delta, version_of
from settlement_platform.api.problem_docs import Responses, problem_docs
from settlement_platform.api.problems import storage_unavailable
from settlement_platform.api.query import TrendQuery
from settlement_platform.api.reading import V2, V2Reader
from settlement_platform.api.tiles import read_dashboard

router = APIRouter(prefix="/analytics", tags=["analytics"])
RETRY_MS = 2_000


class LiveQuery(TrendQuery):
    """A cohort of now."""

    @model_validator(mode="after")
    def _of_now(self) -> LiveQuery:
        if self.as_of is not None:
            raise ValueError("as_of: the past stands still; ask /analytics/dashboard for it")
        return self


async def _first(request: Request, query: Annotated[LiveQuery, Query()], v2: V2) -> Answer:
    # Read before the stream begins: a question without an answer gets a problem and its status.
    if request.app.state.live.streams >= MAX_STREAMS:
        raise HTTPException(503, f"{MAX_STREAMS} streams are open: close one, or ask again later")
    return await _answer(v2, query)


async def _answer(v2: V2Reader, query: LiveQuery) -> Answer:
    return (await read_dashboard(v2, query, Response())).model_dump(mode="json")


_EVENTS: Responses = {
    200: {
        "description": "A stream without end. Event `dashboard`: all fields of the answer of "
        "/analytics/dashboard. `delta`: those that moved since the event before. `problem`: V2 "
        "gives no answer; what was told stands, and a `delta` follows when it does. An event's "
        "id names the state of the tiles; a stream that is resumed by Last-Event-ID begins with "
        "what has moved since, or with all.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'event: delta\ndata: {"lag_ms": 850}\nid: 3f2a9c1d7be04516\n\n',
            }
        },
    },
    **problem_docs(),
}


@router.get(
    "/live",
    operation_id="stream_dashboard",
    summary="All nine tiles, as they move",
    response_class=EventSourceResponse,
    responses=_EVENTS,
)
async def stream_dashboard(
    request: Request,
    query: Annotated[LiveQuery, Query()],
    v2: V2,
    first: Annotated[Answer, Depends(_first)],
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """The nine tiles of now, and then what moves of them, some five times a second at most.

    Every event is of one snapshot. Who reads slowly misses states in between, never the newest.
    """
    live: Live = request.app.state.live

    async def ask() -> Answer:
        return await _answer(v2, query)

    async with live.watching(query.model_dump_json(), ask, first) as view:
        told = first
        known = last_event_id == version_of(first)
        yield ServerSentEvent(
            event="delta" if known else "dashboard",
            data=_clocks(first) if known else first,
            id=version_of(first),
            retry=RETRY_MS,
        )
        had_problem = False
        while True:
            await view.news.wait()
            if view.problem is not None:
                if not had_problem:
                    problem = storage_unavailable(view.problem).model_dump(mode="json")
                    yield ServerSentEvent(event="problem", data=problem)
                had_problem = True
                continue
            moved = delta(told, view.answer)
            if had_problem and not moved:
                moved = _clocks(view.answer)
            had_problem = False
            if moved:
                told = view.answer
                yield ServerSentEvent(event="delta", data=moved, id=version_of(told))


def _clocks(answer: Answer) -> dict[str, Any]:
    return {name: answer[name] for name in ("as_of", "computed_at", "lag_ms")}
