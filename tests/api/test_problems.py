"""Errors as problem documents, and what the API does while V2 is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import make_url, text

if TYPE_CHECKING:
    from conftest import Client, Gate, V2Rows

pytestmark = pytest.mark.anyio
KPIS = "/analytics/kpis"


def problem(response: httpx.Response, status: int) -> Any:
    """The problem document of a response, which has to be one."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert {"type", "title", "status", "detail"} <= body.keys()
    assert body["status"] == status
    return body


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("from_date=2026-01-02&to_date=2026-01-02", "to_date", "holds no day"),
        ("from_date=2026-01-02&to_date=2026-01-01", "to_date", "holds no day"),
        ("from_date=2024-01-01&to_date=2026-01-01", "from_date", "at most 400 days"),
        ("to_date=0001-01-01", "to_date", "no window ends"),
        ("from_date=2026-02-30", "from_date", "date"),
        ("from_date=1767225600", "from_date", "YYYY-MM-DD"),
        ("to_date=2026-01-01T00:00:00", "to_date", "YYYY-MM-DD"),
        ("to_date=", "to_date", "YYYY-MM-DD"),
        ("source_type=CDC", "source_type", "SABPAISA_STREAM"),
        ("merchant_id=", "merchant_id", "at least 1"),
        ("merchant_id=M%00", "merchant_id", "pattern"),
        ("merchant_id=" + "M" * 129, "merchant_id", "at most 128"),
        ("&".join(f"merchant_id=M{n}" for n in range(101)), "merchant_id", "at most 100"),
        ("&".join(f"payment_method=P{n}" for n in range(21)), "payment_method", "at most 20"),
        ("merchant=M001", "merchant", "not permitted"),
    ],
)
async def test_a_request_that_cannot_be_answered_is_told_which_parameter_to_change(
    client: httpx.AsyncClient, query: str, parameter: str, detail: str
) -> None:
    body = problem(await client.get(f"{KPIS}?{query}"), 422)
    assert [fault["parameter"] for fault in body["errors"]] == [parameter]
    assert detail in body["errors"][0]["detail"]


async def test_a_request_with_hundreds_of_faults_gets_a_short_answer(
    client: httpx.AsyncClient,
) -> None:
    query = "&".join(f"{'x' * 200}{number}=1" for number in range(250))
    response = await client.get(f"{KPIS}?{query}")
    assert len(problem(response, 422)["errors"]) == 20
    assert len(response.content) < 10_000


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE sp_v2_as_of; --", "%", "\u202e\u0645\u0631 🧾", "\\"]
)
async def test_a_strange_merchant_is_a_merchant_without_payments(
    client: httpx.AsyncClient, name: str
) -> None:
    response = await client.get(KPIS, params={"merchant_id": name})
    assert response.status_code == 200
    assert response.json()["filters"]["merchant_id"] == [name]
    assert response.json()["captured"]["count"] == 0


async def test_a_path_that_is_not_there_and_a_wrong_method_are_problems_too(
    client: httpx.AsyncClient,
) -> None:
    problem(await client.get("/analytics/nothing"), 404)
    refused = await client.post(KPIS)
    problem(refused, 405)
    assert refused.headers["Allow"] == "GET"


async def test_while_v2_is_down_a_problem_says_so_and_the_answer_is_back_with_v2(
    gate: Gate, client_of: Client, v2: V2Rows
) -> None:
    v2.cells(captured_count=1, captured_paise=1)
    january = {"from_date": "2026-01-01", "to_date": "2026-02-01"}
    async with client_of(gate.dsn) as client:
        before = await client.get(KPIS, params=january)
        await gate.shut()
        without = await client.get(KPIS, params=january)
        await gate.open()
        after = await client.get(KPIS, params=january)
    body = problem(without, 503)
    assert "V2 cannot be reached" in body["detail"]
    assert "select" not in without.text.lower()
    assert "127.0.0.1" not in without.text
    assert int(without.headers["Retry-After"]) > 0
    for response in (before, after):
        assert response.json()["captured"]["count"] == 1


async def test_the_api_starts_without_v2_and_answers_once_it_is_there(
    gate: Gate, client_of: Client
) -> None:
    dsn = gate.dsn
    await gate.shut()
    async with client_of(dsn) as client:
        problem(await client.get(KPIS), 503)
        await gate.open()
        assert (await client.get(KPIS)).status_code == 200


async def test_a_v2_that_hangs_is_given_up_on_in_time_and_read_again_when_it_moves(
    gate: Gate, client_of: Client
) -> None:
    async with client_of(gate.dsn, read_timeout_seconds=0.5) as client:
        assert (await client.get(KPIS)).status_code == 200
        gate.hold()
        hung = [await client.get(KPIS) for _ in range(2)]
        gate.release()
        after = await client.get(KPIS)
    for response in hung:
        assert "did not answer in time" in problem(response, 503)["detail"]
    assert after.status_code == 200


async def test_a_reading_that_was_given_up_is_cancelled_in_v2(
    v2: V2Rows, v2_owner_dsn: str, client_of: Client
) -> None:
    with v2.locked():
        async with client_of(v2_owner_dsn, read_timeout_seconds=0.5) as client:
            problem(await client.get(KPIS), 503)
        assert v2.waiting_count() == 0


async def test_connections_that_v2_dropped_are_replaced_unseen(
    client: httpx.AsyncClient, v2: V2Rows
) -> None:
    assert (await client.get(KPIS)).status_code == 200
    v2.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user"
            " AND pid <> pg_backend_pid()"
        )
    )
    assert (await client.get(KPIS)).status_code == 200


async def test_a_v2_without_its_tables_is_not_available(
    v2_owner_dsn: str, client_of: Client
) -> None:
    elsewhere = make_url(v2_owner_dsn).set(database="postgres")
    async with client_of(elsewhere.render_as_string(hide_password=False)) as client:
        body = problem(await client.get(KPIS), 503)
    assert "schema is not the contract's" in body["detail"]


async def test_a_fault_of_our_own_is_a_problem_without_sql_or_stack(
    client: httpx.AsyncClient, v2: V2Rows
) -> None:
    v2.cells(captured_count=1, captured_paise="NaN")
    response = await client.get(KPIS, params={"from_date": "2026-01-01", "to_date": "2026-02-01"})
    body = problem(response, 500)
    assert body["title"] == "Internal Server Error"
    for inside in ("select", "traceback", "sp_v2", "nan"):
        assert inside not in response.text.lower()
