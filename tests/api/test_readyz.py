"""`GET /healthz` and `GET /readyz`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from settlement_platform.api.readiness import not_ready, readiness
from settlement_platform.metrics.freshness import Freshness

if TYPE_CHECKING:
    from conftest import Client, Gate, V2Rows

NOW_AT = dt.datetime(2026, 1, 31, 6, 30, tzinfo=dt.UTC)


def failed(body: Any) -> list[str]:
    """Names of the checks that do not hold."""
    return [check["name"] for check in body["checks"] if not check["ok"]]


@pytest.mark.parametrize(
    ("lag_ms", "is_ready"),
    [(0, True), (29_999, True), (30_000, False), (-29_999, True), (-30_000, False)],
)
def test_an_as_of_is_fresh_below_thirty_seconds_to_either_side(lag_ms: int, is_ready: bool) -> None:
    as_of = NOW_AT - dt.timedelta(milliseconds=lag_ms)
    found = readiness(Freshness(as_of=as_of, canary_at=None, computed_at=NOW_AT))
    assert (not_ready(found) is None) == is_ready


@pytest.mark.anyio
async def test_the_process_is_alive_without_v2(gate: Gate, client_of: Client) -> None:
    async with client_of(gate.dsn) as client:
        await gate.shut()
        response = await client.get("/healthz")
        await gate.open()
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


@pytest.mark.anyio
async def test_it_is_ready_when_v2_answers_and_as_of_is_young(
    client: httpx.AsyncClient, v2: V2Rows
) -> None:
    v2.as_of(age_seconds=1)
    v2.canary(age_seconds=2)
    response = await client.get("/readyz")
    body = response.json()
    assert response.status_code == 200
    assert failed(body) == []
    assert response.headers["X-As-Of"] == body["as_of"]
    assert 1_000 <= body["lag_ms"] < 30_000
    assert body["canary_age_ms"] >= 2_000


@pytest.mark.anyio
async def test_it_is_not_ready_when_as_of_is_old_and_says_so(
    client: httpx.AsyncClient, v2: V2Rows
) -> None:
    v2.as_of(age_seconds=31)
    v2.canary(age_seconds=31)
    response = await client.get("/readyz")
    body = response.json()
    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/problem+json"
    assert failed(body) == ["as_of_is_fresh"]
    assert "younger than 30000 ms" in body["detail"]
    assert body["lag_ms"] >= 31_000
    assert body["canary_age_ms"] >= 31_000


@pytest.mark.anyio
async def test_it_is_not_ready_before_the_first_as_of(client: httpx.AsyncClient) -> None:
    response = await client.get("/readyz")
    body = response.json()
    assert response.status_code == 503
    assert failed(body) == ["as_of_is_fresh"]
    assert body["detail"] == "no as_of was published yet"
    assert (body["as_of"], body["lag_ms"], body["canary_age_ms"]) == (None, None, None)


@pytest.mark.anyio
async def test_it_is_not_ready_without_v2_and_ready_again_when_v2_is_back(
    gate: Gate, client_of: Client, v2: V2Rows
) -> None:
    v2.as_of(age_seconds=0)
    async with client_of(gate.dsn) as client:
        before = await client.get("/readyz")
        await gate.shut()
        without = await client.get("/readyz")
        await gate.open()
        after = await client.get("/readyz")
    assert [one.status_code for one in (before, without, after)] == [200, 503, 200]
    assert failed(without.json()) == ["v2_answers", "as_of_is_fresh"]
    assert without.json()["as_of"] is None
    assert int(without.headers["Retry-After"]) > 0
