"""`GET /merchants` over a real V2."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import delete, insert

from settlement_platform.contracts.v2 import MerchantMaster

if TYPE_CHECKING:
    from conftest import V2Rows

pytestmark = pytest.mark.anyio
AT = dt.datetime(2026, 1, 5, 6, 30, tzinfo=dt.UTC)
NAMES = {"M1": "Anand Sweets", "M2": "100 % Cotton_", "m3": "Ünal's بازار", "M10": "Zed"}


@pytest.fixture(autouse=True)
def _merchants(v2: V2Rows) -> Iterator[None]:
    v2.execute(delete(MerchantMaster))
    rows = [
        {
            "merchant_id": name,
            "merchant_name": trading_name,
            "settlement_cycle_days": 2,
            "rolling_reserve_bps": 500,
            "updated_at": AT,
            "deleted_at": AT if name == "M10" else None,
            "source_lsn": 1,
            "source_committed_at": AT,
        }
        for name, trading_name in NAMES.items()
    ]
    v2.execute(insert(MerchantMaster).values(rows))
    yield
    v2.execute(delete(MerchantMaster))


async def _page(client: httpx.AsyncClient, **asked: Any) -> Any:
    answer = await client.get("/merchants", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _ids(page: Any) -> list[str]:
    return [one["merchant_id"] for one in page["merchants"]]


async def test_pages_hold_every_merchant_once(client: httpx.AsyncClient) -> None:
    seen: list[str] = []
    after = ""
    while after is not None:
        page = await _page(client, after=after, limit=2)
        seen += _ids(page)
        after = page["next_after"]
    assert sorted(seen) == sorted(NAMES)
    assert len(seen) == len(NAMES)


async def test_a_merchant_has_its_name_and_terms(client: httpx.AsyncClient) -> None:
    [one] = (await _page(client, search="anand"))["merchants"]
    assert one["merchant_name"] == "Anand Sweets"
    assert (one["settlement_cycle_days"], one["rolling_reserve_bps"]) == (2, 500)
    assert one["deleted_at"] is None


@pytest.mark.parametrize(
    ("search", "found"),
    [("m1", {"M1", "M10"}), ("%", {"M2"}), ("_", {"M2"}), ("ÜNAL", {"m3"}), ("بازار", {"m3"}),
     ("nobody", set())],
)  # fmt: skip
async def test_a_search_takes_characters_as_they_are(
    client: httpx.AsyncClient, search: str, found: set[str]
) -> None:
    assert set(_ids(await _page(client, search=search))) == found


@pytest.mark.parametrize("asked", [{"limit": 0}, {"search": "\x00"}, {"merchant": "M1"}])
async def test_what_cannot_be_asked_is_refused(
    client: httpx.AsyncClient, asked: dict[str, Any]
) -> None:
    answer = await client.get("/merchants", params=asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
