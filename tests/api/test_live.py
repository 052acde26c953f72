"""The nine tiles as a stream of events, over a real V2 and a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from settlement_platform.api.live import Answer, Live, delta, version_of

if TYPE_CHECKING:
    from conftest import Served, V2Rows

JANUARY = {"from_date": "2026-01-01", "to_date": "2026-02-01"}
PATH = "analytics/live"


@pytest.fixture
def address(v2: V2Rows, v2_owner_dsn: str, served: Served) -> Iterator[str]:
    """An API over V2 with four captured payments, three of them settled."""
    v2.cells(captured_count=4, captured_paise=4_00, settled_count=3, settled_paise=3_00)
    v2.as_of(age_seconds=1)
    with served(v2_owner_dsn) as (opened, _):
        yield opened


class Events:
    """The events of one stream, one after the other."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def next(self) -> dict[str, Any]:
        """The next event by its fields, `data` as what it says. Comments are passed over."""
        event: dict[str, Any] = {}
        for line in self._lines:
            if line.startswith(":"):
                continue
            if not line and event:
                return event
            name, _, value = line.partition(": ")
            if name:
                event[name] = json.loads(value) if name == "data" else value
        raise AssertionError("the stream has ended")

    def until(self, field: str, count: int) -> dict[str, Any]:
        """The first event whose field counts so many."""
        while True:
            event = self.next()
            if event["data"].get(field, {}).get("count") == count:
                return event


@contextmanager
def listening(address: str, **headers: str) -> Iterator[Events]:
    """A stream of January."""
    with httpx.stream("GET", address + PATH, params=JANUARY, headers=headers, timeout=10) as opened:
        yield Events(opened)


def test_a_delta_is_what_moved_and_clocks_alone_are_nothing() -> None:
    before = {"a": 1, "b": {"c": 2}, "computed_at": "x", "lag_ms": 1}
    assert delta(before, before | {"computed_at": "y", "lag_ms": 9}) == {}
    after = before | {"b": {"c": 3}, "lag_ms": 9}
    assert delta(before, after) == {"b": {"c": 3}, "lag_ms": 9}
    assert before | delta(before, after) == after


def test_a_version_is_of_the_tiles_whenever_they_are_read() -> None:
    answer = {"a": 1, "computed_at": "x", "lag_ms": 1}
    assert version_of(answer) == version_of({"lag_ms": 2, "computed_at": "y", "a": 1})
    assert version_of(answer) != version_of(answer | {"a": 2})


def test_it_begins_with_all_and_goes_on_with_what_moves(address: str, v2: V2Rows) -> None:
    with listening(address) as events:
        assert events.response.headers["content-type"].startswith("text/event-stream")
        first = events.next()
        asked = httpx.get(address + "analytics/dashboard", params=JANUARY).json()
        assert first["event"] == "dashboard"
        assert version_of(first["data"]) == version_of(asked) == first["id"]
        v2.cells(captured_count=1, captured_paise=1_00, settled_count=1, settled_paise=1_00)
        moved = events.until("settled", 4)
        assert moved["event"] == "delta"
        assert "unsettled" not in moved["data"]
        assert "filters" not in moved["data"]
        asked = httpx.get(address + "analytics/dashboard", params=JANUARY).json()
        assert version_of(first["data"] | moved["data"]) == version_of(asked)


def test_every_event_adds_up(address: str, v2: V2Rows) -> None:
    with listening(address) as events:
        told = events.next()["data"]
        for settled in range(4, 9):
            v2.cells(captured_count=2, captured_paise=2_00, settled_count=1, settled_paise=1_00)
            while told["settled"]["count"] != settled:
                told |= events.next()["data"]
                for what in ("count", "amount_paise"):
                    parts = (told[tile][what] for tile in ("settled", "unsettled"))
                    assert sum(map(int, parts)) == int(told["captured"][what])


def test_who_comes_back_gets_what_it_missed_and_nothing_twice(address: str, v2: V2Rows) -> None:
    with listening(address) as events:
        first = events.next()
    with listening(address, **{"Last-Event-ID": first["id"]}) as events:
        resumed = events.next()
        assert (resumed["event"], resumed["id"]) == ("delta", first["id"])
        assert resumed["data"].keys() == {"as_of", "computed_at", "lag_ms"}
    v2.cells(captured_count=1, captured_paise=1)
    with listening(address, **{"Last-Event-ID": first["id"]}) as events:
        missed = events.next()
        assert missed["event"] == "dashboard"
        assert missed["data"]["captured"]["count"] == 5


def test_two_who_ask_the_same_hear_the_same(address: str, v2: V2Rows) -> None:
    with listening(address) as one, listening(address) as other:
        assert one.next()["id"] == other.next()["id"]
        v2.cells(captured_count=1, captured_paise=1)
        heard = [events.until("captured", 5) for events in (one, other)]
        assert heard[0]["id"] == heard[1]["id"]


def test_v2_that_stands_is_told_and_then_it_goes_on(address: str, v2: V2Rows) -> None:
    with listening(address) as events:
        events.next()
        with v2.locked():
            problem = events.next()
            assert problem["event"] == "problem"
            assert problem["data"]["status"] == 503
            assert "id" not in problem
        after = events.next()
        assert after["event"] == "delta"
        assert after["data"]["lag_ms"] is not None


@pytest.mark.parametrize(
    "asked",
    [
        {"as_of": "2026-01-31T06:30:00Z"},
        {"compare": "previous"},
        {"from_date": "2026-02-01", "to_date": "2026-01-01"},
    ],
)
def test_a_question_that_cannot_be_streamed_is_refused(address: str, asked: dict[str, str]) -> None:
    refused = httpx.get(address + PATH, params=asked)
    assert refused.status_code == 422
    assert refused.json()["title"] == "Invalid request"


@pytest.mark.anyio
async def test_nothing_is_asked_once_it_is_closed() -> None:
    live, asking = Live(), asyncio.Event()
    ended = False

    async def ask() -> Answer:
        nonlocal ended
        asking.set()
        try:
            return await asyncio.Future[Answer]()
        finally:
            ended = True

    async with live.watching("question", ask, {}):
        await asyncio.wait_for(asking.wait(), 5)
        await live.close()
        assert ended
    await live.close()
