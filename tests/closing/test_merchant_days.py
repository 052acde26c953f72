"""The mart's rates and lags, from frames."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd

from settlement_platform.closing.merchant_days import COLUMNS, merchant_days, rate_bps

DAY = dt.date(2026, 10, 2)
CLOSE_COLUMNS = [name for name in COLUMNS if not name.endswith(("_bps", "_seconds"))]


def closes(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame.from_records(rows, columns=CLOSE_COLUMNS)


def settled(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["transaction_date", "merchant_id", "settle_seconds"]
    return pd.DataFrame.from_records(rows, columns=columns)


def test_rates_are_rounded_half_up_and_unknown_of_nothing() -> None:
    found = rate_bps(pd.Series([1, 2, 1, 0, 0]), pd.Series([3, 3, 20_000, 5, 0]))
    assert found.tolist()[:4] == [3333, 6667, 1, 0]
    assert pd.isna(found[4])


def test_a_merchants_day_has_its_rates_and_how_long_settlement_took() -> None:
    mart = merchant_days(
        closes((DAY, "M1", 8, 4, Decimal(10**20), 3, Decimal(7), 2)),
        settled(*((DAY, "M1", seconds) for seconds in (10.0, 20.0, 100.4))),
    )
    assert mart.iloc[0].to_dict() == {
        "transaction_date": DAY,
        "merchant_id": "M1",
        "attempted_count": 8,
        "captured_count": 4,
        "captured_paise": Decimal(10**20),
        "settled_count": 3,
        "settled_paise": Decimal(7),
        "success_rate_bps": 5000,
        "settlement_rate_bps": 7500,
        "settle_p50_seconds": 20,
        "settle_p90_seconds": 84,
        "version": 2,
    }


def test_a_merchant_without_a_settled_payment_has_no_lag() -> None:
    mart = merchant_days(closes((DAY, "M1", 1, 0, Decimal(0), 0, Decimal(0), 1)), settled())
    row = mart.iloc[0]
    assert row["success_rate_bps"] == 0
    assert all(
        pd.isna(row[name])
        for name in ("settlement_rate_bps", "settle_p50_seconds", "settle_p90_seconds")
    )


def test_a_day_without_payments_has_no_row() -> None:
    assert merchant_days(closes(), settled()).empty
