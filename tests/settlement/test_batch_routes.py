"""The API of settlement batches, as a role that may take steps and nothing else."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from settlement_platform.api.app import create_app
from settlement_platform.settlement.books.settling import submit_calculated

pytestmark = pytest.mark.anyio
TODAY = dt.date(2026, 3, 5)
CREDIT = {"utr": "HDFCN26030500001", "value_date": "2026-03-05"}


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that uvicorn runs the API in."""
    return "asyncio"


@pytest.fixture
async def client(books: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API over the test's own V2."""
    app = create_app(books.settings.v2_dsn, v2_api_dsn=books.settings.v2_api_dsn)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as opened:
            yield opened


def made(books: Any, count: int = 1) -> list[str]:
    """Batches that wait for approval, by merchant."""
    for number in range(count):
        books.pay(f"T{number}", 100_000, merchant=f"M{number}")
    found = [str(one.batch_id) for one in books.settle()]
    submit_calculated(books.dsn, TODAY, "schedule")
    return found


async def post(
    client: httpx.AsyncClient, path: str, body: Any = None, key: str | None = None
) -> httpx.Response:
    headers = {"Idempotency-Key": key or uuid.uuid4().hex, "X-Actor": "alice"}
    return await client.post(path, json=body, headers=headers)


def problem(response: httpx.Response, status: int) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.json()


async def test_a_batch_goes_from_approval_to_credit(client: httpx.AsyncClient, books: Any) -> None:
    [batch] = made(books)
    for step, body in (("approve", None), ("sent", {}), ("credit", CREDIT)):
        answer = await post(client, f"/batches/{batch}/{step}", body)
        assert answer.status_code == 200, answer.text
    found = (await client.get(f"/batches/{batch}")).json()
    assert found == answer.json()
    assert (found["state"], found["utr"], found["possible"]) == ("CREDITED", CREDIT["utr"], [])
    assert (found["gross_paise"], found["net_paise"]) == ("100000", "92758")
    names = ["calculated", "submitted", "approved", "sent", "credited"]
    assert [(one["step"], one["by"]) for one in found["steps"]] == [
        *((name, "schedule") for name in names[:2]),
        *((name, "alice") for name in names[2:]),
    ]


@pytest.mark.parametrize(("step", "state"), [("cancel", "CANCELLED"), ("fail", "FAILED")])
async def test_a_batch_is_undone_with_its_reason(
    client: httpx.AsyncClient, books: Any, step: str, state: str
) -> None:
    [batch] = made(books)
    body = problem(await post(client, f"/batches/{batch}/{step}", {}), 422)
    assert body["errors"][0]["parameter"] == "reason"
    answer = (await post(client, f"/batches/{batch}/{step}", {"reason": "account closed"})).json()
    assert (answer["state"], answer["reason"]) == (state, "account closed")


async def test_a_request_under_its_key_happens_once(client: httpx.AsyncClient, books: Any) -> None:
    [batch] = made(books)
    path = f"/batches/{batch}/approve"
    answers = await asyncio.gather(*(post(client, path, key="one") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    body = problem(await post(client, f"/batches/{batch}/sent", {}, key="one"), 422)
    assert body["type"].endswith(":key-reused")
    approvals = "SELECT count(*) FROM sp_v2_audit_log WHERE action = 'approve'"
    assert books.run(approvals) == [(1,)]


async def test_an_illegal_step_says_what_is_legal(client: httpx.AsyncClient, books: Any) -> None:
    [batch] = made(books)
    body = problem(await post(client, f"/batches/{batch}/credit", CREDIT), 409)
    assert body["type"].endswith(":illegal-step")
    assert body["legal"] == ["APPROVED", "FAILED", "CANCELLED"]
    await post(client, f"/batches/{batch}/approve")
    await post(client, f"/batches/{batch}/sent", {})
    body = problem(await post(client, f"/batches/{batch}/credit", CREDIT | {"utr": None}), 409)
    assert body["type"].endswith(":step-conflict")


async def test_a_batch_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, books: Any
) -> None:
    nowhere = f"/batches/{uuid.uuid4()}"
    assert problem(await client.get(nowhere), 404)["type"].endswith(":unknown-batch")
    problem(await post(client, f"{nowhere}/approve"), 404)


@pytest.mark.parametrize("header", ["Idempotency-Key", "X-Actor"])
async def test_a_step_needs_its_key_and_its_actor(
    client: httpx.AsyncClient, books: Any, header: str
) -> None:
    [batch] = made(books)
    headers = {"Idempotency-Key": "one", "X-Actor": "alice"}
    del headers[header]
    body = problem(await client.post(f"/batches/{batch}/approve", headers=headers), 422)
    assert body["errors"][0]["parameter"] == header.lower()


async def test_batches_are_listed_a_page_at_a_time(client: httpx.AsyncClient, books: Any) -> None:
    wanted = set(made(books, 5))
    books.pay("later", 1_000, merchant="M0", due=dt.date(2026, 3, 6))
    [later] = [str(one.batch_id) for one in books.settle(dt.date(2026, 3, 6))]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 4}
    while True:
        page = (await client.get("/batches", params=query)).json()
        seen += [one["batch_id"] for one in page["batches"]]
        if page["next_after"] is None:
            break
        query["after"] = page["next_after"]
    assert (seen[0], set(seen[1:]), len(seen)) == (later, wanted, 6)
    for filters, count in (
        ({"merchant_id": "M0"}, 2),
        ({"cycle_date": "2026-03-05"}, 5),
        ({"state": "CALCULATED"}, 1),
    ):
        answer = await client.get("/batches", params=filters)
        assert len(answer.json()["batches"]) == count
    problem(await client.get("/batches", params={"limit": 0}), 422)


async def test_a_statement_credits_batches_and_is_answered_again(
    client: httpx.AsyncClient, books: Any
) -> None:
    [batch] = made(books)
    await post(client, f"/batches/{batch}/approve")
    await post(client, f"/batches/{batch}/sent", {"utr": CREDIT["utr"]})
    [[day]] = books.run("SELECT sent_date FROM sp_v2_bank_transfers")
    file = f"value_date,utr,amount\n{day},{CREDIT['utr']},927.58\n{day},OTHER00001,1.00\n"
    headers = {"Idempotency-Key": "one", "X-Actor": "bank", "Content-Type": "text/csv"}
    first = await client.post("/bank-statements", content=file, headers=headers)
    assert first.status_code == 200, first.text
    assert first.json()["credited"] == [batch]
    assert [one["line"] for one in first.json()["unmatched"]] == [3]
    again = await client.post("/bank-statements", content=file, headers=headers)
    assert again.json() == first.json()
    headers["Idempotency-Key"] = "two"
    other = await client.post("/bank-statements", content=file, headers=headers)
    assert (other.json()["credited"], other.json()["known"]) == ([], [batch])
    headers["Idempotency-Key"] = "three"
    refused = await client.post("/bank-statements", content="a,b\n", headers=headers)
    assert problem(refused, 422)["type"].endswith(":unreadable-file")


async def test_a_v2_that_is_away_is_a_503_without_its_address(databases: Any) -> None:
    nowhere = "postgresql://v2_api:secret@127.0.0.1:1/v2"
    app = create_app(databases.v2_dsn, v2_api_dsn=nowhere)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            body = problem(await client.get("/batches"), 503)
    assert "127.0.0.1" not in str(body)
    assert "secret" not in str(body)
