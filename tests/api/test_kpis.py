"""`GET /analytics/kpis` over cells of a real V2."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from conftest import V2Rows

pytestmark = pytest.mark.anyio
JANUARY = {"from_date": "2026-01-01", "to_date": "2026-02-01"}
METHODS = ("UPI", "CARD", "NETBANKING", "WALLET", "EMI", "OTHER")
CLASSES = ("awaiting_reconciliation", "not_yet_due", "due_today", "overdue", "without_date")
NOTHING = {"count": 0, "amount_paise": "0"}
NO_RATES = {"by_count_bps": None, "by_value_bps": None}
Ask = dict[str, Any]


async def kpis(client: httpx.AsyncClient, asked: Ask | None = None) -> Any:
    """The body of the answer about January, or about another window."""
    response = await client.get("/analytics/kpis", params=JANUARY | (asked or {}))
    assert response.status_code == 200, response.text
    return response.json()


def plant_one_of_each(v2: V2Rows) -> list[dict[str, Any]]:
    """Rows of each merchant, method, source and day; each has a count that no sum repeats."""
    rows: list[dict[str, Any]] = []
    for merchant in ("M001", "M002"):
        for method in ("UPI", "CARD", "BNPL", "upi", "OTHER"):
            for source in ("SABPAISA_STREAM", "MANUAL_UPLOAD"):
                for day in (1, 2, 31):
                    number = len(rows) + 1
                    row = {
                        "merchant_id": merchant,
                        "payment_method": method,
                        "source_type": source,
                        "transaction_date": dt.date(2026, 1, day),
                        "captured_count": number**2 + 1,
                        "captured_paise": number**3 + 1,
                        "settled_count": number,
                        "settled_paise": number,
                    }
                    rows.append(row)
                    v2.cells(**row)
    return rows


async def test_the_answer_has_tiles_one_to_three_and_what_they_were_read_from(
    client: httpx.AsyncClient, v2: V2Rows
) -> None:
    v2.cells(
        attempted_count=9, captured_count=4, captured_paise=100_00, settled_count=3,
        settled_paise=33_33,
    )  # fmt: skip
    v2.as_of(age_seconds=2)
    response = await client.get("/analytics/kpis", params=JANUARY)
    body = response.json()
    assert response.headers["X-As-Of"] == body["as_of"]
    as_of, computed_at = (dt.datetime.fromisoformat(body[at]) for at in ("as_of", "computed_at"))
    assert body["lag_ms"] == (computed_at - as_of) // dt.timedelta(milliseconds=1)
    assert body["lag_ms"] >= 2_000
    for moment in ("as_of", "lag_ms", "computed_at"):
        del body[moment]
    assert body == {
        "window": JANUARY | {"time_zone": "Asia/Kolkata"},
        "filters": {"merchant_id": [], "payment_method": [], "source_type": None, "gateway": []},
        "assets": [
            "v2/sp_v2_tile_cells",
            "v2/sp_v2_tile_hours",
            "v2/sp_v2_tile_failures",
            "v2/sp_v2_settlement_batches",
        ],
        "captured": {"count": 4, "amount_paise": "10000"},
        "settled": {"count": 3, "amount_paise": "3333"},
        "settled_net_paise": None,
        "last_payout": None,
        "unsettled": {"count": 1, "amount_paise": "6667"},
        "unsettled_classes": dict.fromkeys(CLASSES, NOTHING)
        | {"without_date": {"count": 1, "amount_paise": "6667"}, "on_hold": None},
        "settlement_rate": {"by_count_bps": 7500, "by_value_bps": 3333},
        "mature_rate": NO_RATES,
        "on_time_rate": NO_RATES,
        "settlement_time": {
            "mean_seconds": 0,
            "p50_below_seconds": None,
            "p90_below_seconds": None,
            "late_count": None,
            "late_days": None,
            "oldest_unsettled_date": "2026-01-01",
            "oldest_unsettled_days": body["settlement_time"]["oldest_unsettled_days"],
        },
        "previous": None,
    }


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        ({}, lambda _: True),
        ({"merchant_id": "M002"}, lambda row: row["merchant_id"] == "M002"),
        ({"merchant_id": ["M001", "M002"]}, lambda _: True),
        ({"merchant_id": "M00"}, lambda _: False),
        ({"payment_method": "UPI"}, lambda row: row["payment_method"] == "UPI"),
        ({"payment_method": "BNPL"}, lambda row: row["payment_method"] == "BNPL"),
        (
            {"payment_method": "OTHER"},
            lambda row: row["payment_method"] in ("BNPL", "upi", "OTHER"),
        ),
        ({"payment_method": ["OTHER", "CARD"]}, lambda row: row["payment_method"] != "UPI"),
        (
            {"source_type": "MANUAL_UPLOAD"},
            lambda row: row["source_type"] == "MANUAL_UPLOAD",
        ),
        (
            {"merchant_id": "M001", "payment_method": "UPI", "source_type": "SABPAISA_STREAM"},
            lambda row: (
                (row["merchant_id"], row["payment_method"], row["source_type"])
                == ("M001", "UPI", "SABPAISA_STREAM")
            ),
        ),
    ],
)
async def test_filters_choose_the_rows_that_are_summed(
    client: httpx.AsyncClient, v2: V2Rows, asked: Ask, counts: Any
) -> None:
    chosen = [row for row in plant_one_of_each(v2) if counts(row)]
    body = await kpis(client, asked)
    assert body["captured"]["count"] == sum(row["captured_count"] for row in chosen)
    assert body["captured"]["amount_paise"] == str(sum(row["captured_paise"] for row in chosen))
    assert body["settled"]["count"] == sum(row["settled_count"] for row in chosen)
    assert body["settled"]["amount_paise"] == str(sum(row["settled_paise"] for row in chosen))


async def test_filters_are_said_back(client: httpx.AsyncClient) -> None:
    asked = {
        "merchant_id": ["M2", "M1"],
        "payment_method": ["OTHER"],
        "source_type": "MANUAL_UPLOAD",
        "gateway": ["G2", "G1"],
    }
    assert (await kpis(client, asked))["filters"] == asked


async def test_every_payment_belongs_to_one_method_or_to_other(
    client: httpx.AsyncClient, v2: V2Rows
) -> None:
    plant_one_of_each(v2)
    for method in ("NETBANKING", "WALLET", "EMI"):
        v2.cells(payment_method=method, captured_count=7, captured_paise=7)
    parts = [(await kpis(client, {"payment_method": one}))["captured"]["count"] for one in METHODS]
    assert sum(parts) == (await kpis(client))["captured"]["count"]


async def test_the_first_day_of_a_window_is_in_it_and_its_to_date_is_not(
    client: httpx.AsyncClient, v2: V2Rows
) -> None:
    for day, count in ((9, 1), (10, 10), (11, 100), (12, 1000)):
        v2.cells(transaction_date=dt.date(2026, 1, day), captured_count=count, captured_paise=count)
    body = await kpis(client, {"from_date": "2026-01-10", "to_date": "2026-01-12"})
    assert body["captured"] == {"count": 110, "amount_paise": "110"}


async def test_without_dates_the_last_thirty_business_dates_are_read(
    client: httpx.AsyncClient,
) -> None:
    window = (await client.get("/analytics/kpis")).json()["window"]
    begin, end = (dt.date.fromisoformat(window[edge]) for edge in ("from_date", "to_date"))
    assert (end - begin).days == 30
    assert abs(end - dt.datetime.now(dt.UTC).date()) <= dt.timedelta(days=2)


async def test_a_window_without_payments_has_null_rates_and_counts_of_zero(
    client: httpx.AsyncClient,
) -> None:
    body = await kpis(client)
    nothing = {"count": 0, "amount_paise": "0"}
    assert [body[tile] for tile in ("captured", "settled", "unsettled")] == [nothing] * 3
    assert body["settlement_rate"] == {"by_count_bps": None, "by_value_bps": None}


async def test_money_that_javascript_would_round_is_told_to_the_paise(
    client: httpx.AsyncClient, v2: V2Rows
) -> None:
    beyond_2_53, beyond_2_63 = 2**53 + 1, 2**63 + 1
    v2.cells(captured_count=1, captured_paise=beyond_2_53, settled_count=1, settled_paise=1)
    v2.cells(merchant_id="M002", captured_count=1, captured_paise=beyond_2_63)
    body = await kpis(client)
    assert body["captured"]["amount_paise"] == str(beyond_2_53 + beyond_2_63)
    assert body["unsettled"]["amount_paise"] == str(beyond_2_53 + beyond_2_63 - 1)


async def test_without_as_of_numbers_are_told_and_as_of_and_lag_are_null(
    client: httpx.AsyncClient, v2: V2Rows
) -> None:
    v2.cells(captured_count=1, captured_paise=1)
    response = await client.get("/analytics/kpis", params=JANUARY)
    body = response.json()
    assert (body["as_of"], body["lag_ms"]) == (None, None)
    assert body["captured"]["count"] == 1
    assert "X-As-Of" not in response.headers


async def test_an_old_as_of_is_told_with_the_numbers_that_it_belongs_to(
    client: httpx.AsyncClient, v2: V2Rows
) -> None:
    v2.cells(captured_count=1, captured_paise=1)
    v2.as_of(age_seconds=3_600)
    body = await kpis(client)
    assert body["lag_ms"] >= 3_600_000
    assert body["captured"]["count"] == 1
