"""`GET /transactions` over a real V2."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert

from settlement_platform.contracts.v2 import Transaction

if TYPE_CHECKING:
    import httpx
    from conftest import V2Rows

pytestmark = pytest.mark.anyio
AT = dt.datetime(2026, 1, 5, 6, 30, tzinfo=dt.UTC)
JANUARY = {"from_date": "2026-01-01", "to_date": "2026-02-01"}


@pytest.fixture(autouse=True)
def _payments(v2: V2Rows) -> Iterator[None]:
    v2.execute(delete(Transaction))
    rows = [
        {
            "transaction_id": f"T/{number}", "merchant_id": f"M{number % 2}",
            "amount_paise": number, "payment_method": "UPI", "source_type": "SABPAISA_STREAM",
            "transaction_date": dt.date(2026, 1, 5 + number // 3),
            "status": "FAILED" if number == 4 else "PENDING", "created_at": AT, "source_lsn": 1,
            "gateway_lsn": 0, "source_committed_at": AT, "deleted_at": AT if number == 5 else None,
        }
        for number in range(6)
    ]  # fmt: skip
    v2.execute(insert(Transaction).values(rows))
    v2.as_of(age_seconds=1)
    yield
    v2.execute(delete(Transaction))


async def _page(client: httpx.AsyncClient, **asked: Any) -> Any:
    answer = await client.get("/transactions", params=JANUARY | asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _ids(page: Any) -> list[str]:
    return [one["transaction_id"] for one in page["transactions"]]


async def test_pages_follow_each_other_and_the_newest_date_is_first(
    client: httpx.AsyncClient,
) -> None:
    first = await _page(client, limit=2)
    assert _ids(first) == ["T/3", "T/4"]
    second = await _page(client, limit=2, after=first["next_after"])
    assert _ids(second) == ["T/1", "T/2"]
    last = await _page(client, limit=2, after=second["next_after"])
    assert (_ids(last), last["next_after"]) == (["T/0"], None)


async def test_filters_are_applied_and_said(client: httpx.AsyncClient) -> None:
    assert _ids(await _page(client, status=["FAILED", "SETTLED"])) == ["T/4"]
    page = await _page(client, merchant_id="M0", to_date="2026-01-06")
    assert _ids(page) == ["T/2", "T/0"]
    assert page["filters"]["merchant_id"] == ["M0"]
    assert page["assets"] == ["v2/sp_v2_transactions"]
    assert page["transactions"][0]["amount_paise"] == "2"


async def test_a_page_of_the_past_is_of_then(client: httpx.AsyncClient) -> None:
    page = await _page(client, as_of=(AT - dt.timedelta(seconds=1)).isoformat())
    assert _ids(page) == []
    assert page["assets"] == ["v2/sp_v2_transactions", "v2/sp_v2_transaction_history"]
    assert len(_ids(await _page(client, as_of=AT.isoformat()))) == 5


@pytest.mark.parametrize(
    "asked", [{"after": "T/3"}, {"status": "LOST"}, {"limit": 501}, {"merchant": "M1"}]
)
async def test_what_cannot_be_meant_is_refused(
    client: httpx.AsyncClient, asked: dict[str, Any]
) -> None:
    answer = await client.get("/transactions", params=JANUARY | asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert next(iter(asked)) in answer.text
