"""The tiles' routes over a V2 whose triggers keep the cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from settlement_platform.metrics.explain import NUMBERS
from settlement_platform.metrics.reading import Grain

if TYPE_CHECKING:
    from conftest import Client, V2Rows

pytestmark = pytest.mark.anyio
TILES = ("kpis", "payment-modes", "gmv-trend", "funnel", "settlement-rate", "failure-analysis")
NOON_AT = dt.datetime(2026, 1, 10, 6, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
JANUARY = {"from_date": "2026-01-01", "to_date": "2026-02-01"}
PAY = """
INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise, payment_method,
  transaction_date, source_type, status, created_at, captured_at, reconciled_at, settled_at,
  gateway, failure_code, failure_owner, source_lsn, gateway_lsn, source_committed_at)
SELECT %(id)s, %(merchant)s, %(paise)s, 'UPI', '2026-01-10', 'SABPAISA_STREAM', %(status)s, %(at)s,
  CASE WHEN %(status)s IN ('RECONCILED', 'SETTLED') THEN %(at)s END,
  CASE WHEN %(status)s IN ('RECONCILED', 'SETTLED') THEN %(at)s END,
  CASE WHEN %(status)s = 'SETTLED' THEN %(at)s END, 'G1',
  CASE WHEN %(status)s = 'FAILED' THEN 'BANK_DECLINED' END,
  CASE WHEN %(status)s = 'FAILED' THEN 'bank' END, %(lsn)s, 0, %(at)s
ON CONFLICT (transaction_id) DO UPDATE SET
  status = EXCLUDED.status, amount_paise = EXCLUDED.amount_paise,
  settled_at = EXCLUDED.settled_at, source_lsn = EXCLUDED.source_lsn,
  source_committed_at = EXCLUDED.source_committed_at
"""


@pytest.fixture
async def client(
    v2: V2Rows, v2_owner_dsn: str, client_of: Client
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API that waits for V2 on a machine that has much else to do."""
    async with client_of(v2_owner_dsn, read_timeout_seconds=60) as opened:
        yield opened


@pytest.fixture
def payments(v2: V2Rows, v2_owner_dsn: str) -> Iterator[None]:
    """Three payments at noon; an hour later one of them is settled. V2 is complete since."""
    tables = b"sp_v2_transactions, sp_v2_transaction_history"
    with psycopg.connect(v2_owner_dsn, autocommit=True) as owner:
        owner.execute(b"TRUNCATE " + tables)
        for name, merchant, paise, status in (
            ("a", "M1", 500, "RECONCILED"),
            ("b", "M2", 70, "RECONCILED"),
            ("c", "M1", 9, "FAILED"),
        ):
            row = {"id": name, "merchant": merchant, "paise": paise, "status": status}
            owner.execute(PAY, row | {"at": NOON_AT, "lsn": 1})
        later = {"id": "a", "merchant": "M1", "paise": 500, "status": "SETTLED", "lsn": 2}
        owner.execute(PAY, later | {"at": NOON_AT + HOUR})
        owner.execute("INSERT INTO sp_v2_as_of VALUES (1, %s, now())", [NOON_AT + 2 * HOUR])
        yield
        owner.execute(b"TRUNCATE " + tables)


async def asked(client: httpx.AsyncClient, path: str, **parameters: Any) -> Any:
    """The body of an answer about January."""
    response = await client.get(f"/analytics/{path}", params=JANUARY | parameters)
    assert response.status_code == 200, response.text
    return response.json()


async def test_the_dashboard_says_what_each_tile_says_alone(
    client: httpx.AsyncClient, payments: None
) -> None:
    everything = await asked(client, "dashboard")
    for path in TILES:
        alone = await asked(client, path)
        for name, value in alone.items():
            if name not in ("lag_ms", "computed_at", "assets"):
                assert everything[name] == value, (path, name)


async def test_settled_and_unsettled_are_what_the_stream_wrote(
    client: httpx.AsyncClient, payments: None
) -> None:
    body = await asked(client, "dashboard")
    assert body["settled"] == {"count": 1, "amount_paise": "500"}
    assert body["unsettled"] == {"count": 1, "amount_paise": "70"}
    assert body["failures"]["failed"] == {"count": 1, "amount_paise": "9"}
    assert body["failures"]["reasons"][0]["failure_code"] == "BANK_DECLINED"
    assert body["failures"]["anomalies_open"] is None
    assert [one["value"]["count"] for one in body["funnel"]] == [3, 2, 2, 1, 0]


async def test_a_past_instant_is_answered_as_it_stood_then(
    client: httpx.AsyncClient, payments: None
) -> None:
    then = (NOON_AT + HOUR / 2).isoformat()
    body = await asked(client, "dashboard", as_of=then)
    assert dt.datetime.fromisoformat(body["as_of"]) == NOON_AT + HOUR / 2
    assert body["settled"] == {"count": 0, "amount_paise": "0"}
    assert body["unsettled"]["count"] == 2
    assert "v2/sp_v2_transaction_history" in body["assets"]
    before = await asked(client, "dashboard", as_of=(NOON_AT - HOUR).isoformat())
    assert before["captured"]["count"] == 0


async def test_an_instant_that_is_not_complete_is_refused(
    client: httpx.AsyncClient, payments: None
) -> None:
    at = (NOON_AT + 3 * HOUR).isoformat()
    for path in (*TILES, "dashboard"):
        response = await client.get(f"/analytics/{path}", params=JANUARY | {"as_of": at})
        assert response.status_code == 422
        assert response.json()["errors"][0]["parameter"] == "as_of"


@pytest.mark.parametrize("grain", list(Grain))
async def test_each_grain_adds_up_to_the_window(
    client: httpx.AsyncClient, payments: None, grain: Grain
) -> None:
    day = {"from_date": "2026-01-10", "to_date": "2026-01-11"}
    for merchants in ([], ["M1", "M2"]):
        body = await asked(client, "gmv-trend", **day, grain=grain.value, merchant_id=merchants)
        assert sum(one["captured"]["count"] for one in body["gmv_trend"]) == 2
        assert sum(int(one["settled"]["amount_paise"]) for one in body["gmv_trend"]) == 500


async def test_a_window_with_too_many_buckets_is_refused(client: httpx.AsyncClient) -> None:
    asked_for = {"from_date": "2026-01-01", "to_date": "2026-03-01", "grain": "hour"}
    response = await client.get("/analytics/gmv-trend", params=asked_for)
    assert response.status_code == 422
    assert "at most 31 days" in response.json()["errors"][0]["detail"]


async def test_a_comparison_is_with_the_window_before_at_the_same_age(
    client: httpx.AsyncClient, payments: None
) -> None:
    later = {"from_date": "2026-01-11", "to_date": "2026-01-12", "compare": "previous"}
    body = await asked(client, "kpis", **later)
    previous = body["previous"]
    assert previous["window"]["from_date"] == "2026-01-10"
    # A day earlier nothing had been paid yet.
    assert dt.datetime.fromisoformat(previous["as_of"]) == NOON_AT + 2 * HOUR - 24 * HOUR
    assert previous["captured"]["count"] == 0
    assert (await asked(client, "kpis"))["previous"] is None


async def test_a_number_is_explained_by_rows_that_add_up_to_it(
    client: httpx.AsyncClient, payments: None
) -> None:
    for number in NUMBERS:
        body = await asked(client, "explain", number=number)
        assert body["adds_up"] is True
        assert body["value"] == body["value_of_rows"]
        assert body["definition"] and "sp_v2_transactions" in body["sql"]
    first = await asked(client, "explain", number="attempted", limit=2)
    assert [row["transaction_id"] for row in first["rows"]] == ["a", "b"]
    rest = await asked(client, "explain", number="attempted", limit=2, after=first["next_after"])
    assert [row["transaction_id"] for row in rest["rows"]] == ["c"]
    assert rest["next_after"] is None
    unknown = await client.get("/analytics/explain", params={"number": "profit"})
    assert unknown.status_code == 422


async def test_changes_name_the_payments_and_what_happened_to_them(
    client: httpx.AsyncClient, payments: None
) -> None:
    body = await asked(client, "changes", from_as_of=NOON_AT.isoformat())
    assert [(one["transaction_id"], one["why"]) for one in body["changes"]] == [("a", ["settled"])]
    assert body["differences"]["settled"] == {"count": 1, "amount_paise": "500"}
    assert body["differences"]["captured"] == {"count": 0, "amount_paise": "0"}
    assert body["changed_count"] == 1
    earlier = await asked(client, "changes", from_as_of=(NOON_AT - HOUR).isoformat())
    assert earlier["changed_count"] == 3
    assert all(one["before"] is None for one in earlier["changes"])
    wrong = {"from_as_of": NOON_AT.isoformat(), "as_of": NOON_AT.isoformat()}
    response = await client.get("/analytics/changes", params=wrong)
    assert response.status_code == 422
