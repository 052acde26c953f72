"""The mart of a merchant's business day: computed with pandas from the closes and the payments."""

from __future__ import annotations

from typing import Any

import pandas as pd
import psycopg

from settlement_platform.closing.closes import MART_QUERIES, sql
from settlement_platform.closing.days import DayRange
from settlement_platform.storage.writing import Connection, writing

BPS = 10_000
KEYS = ["transaction_date", "merchant_id"]
COLUMNS = (
    *KEYS,
    "attempted_count",
    "captured_count",
    "captured_paise",
    "settled_count",
    "settled_paise",
    "success_rate_bps",
    "settlement_rate_bps",
    "settle_p50_seconds",
    "settle_p90_seconds",
    "version",
)


def rate_bps(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Shares of counts in basis points, rounded half up; NA where there is no whole."""
    there = whole.where(whole > 0).astype("Int64")
    return (2 * part.astype("Int64") * BPS + there) // (2 * there)


def merchant_days(closes: pd.DataFrame, settled: pd.DataFrame) -> pd.DataFrame:
    """One row a merchant and day, in COLUMNS. Pure.

    `closes`: counts and paise by KEYS, with their version; `settled`: a row a settled payment, with
    its KEYS and `settle_seconds`.
    """
    waits = settled.astype({"settle_seconds": float}).groupby(KEYS)["settle_seconds"]
    lags = waits.quantile([0.5, 0.9]).unstack()
    lags = lags.reindex(columns=[0.5, 0.9]).round().astype("Int64")
    lags.columns = pd.Index(["settle_p50_seconds", "settle_p90_seconds"])
    mart = closes.merge(lags, how="left", left_on=KEYS, right_index=True)
    mart["success_rate_bps"] = rate_bps(mart["captured_count"], mart["attempted_count"])
    mart["settlement_rate_bps"] = rate_bps(mart["settled_count"], mart["captured_count"])
    return mart.sort_values(KEYS)[list(COLUMNS)]


def _frame(v2: Connection, query: str, days: DayRange) -> pd.DataFrame:
    found = v2.execute(sql(query), days.parameters())
    names = [column.name for column in found.description or ()]
    return pd.DataFrame.from_records(found.fetchall(), columns=names)


def compute_merchant_days(v2_owner_dsn: str, days: DayRange) -> dict[str, int]:
    """Replace these days of the mart, all of one moment; rows a day. Raises StorageError."""
    with writing(v2_owner_dsn) as v2:
        v2.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        closes, settled = (_frame(v2, query, days) for query in MART_QUERIES)
        mart = merchant_days(closes, settled)
        _replace(v2, days, mart)
    rows = mart["transaction_date"].value_counts()
    return {str(day): int(rows.get(day, 0)) for day in days.days()}


def _replace(v2: Connection, days: DayRange, mart: pd.DataFrame) -> None:
    v2.execute(sql("remove_merchant_days"), days.parameters())
    into = f"COPY sp_v2_mart_merchant_days ({', '.join(COLUMNS)}, computed_at) FROM STDIN"
    row = v2.execute("SELECT statement_timestamp()").fetchone()
    assert row is not None
    with v2.cursor() as cursor, cursor.copy(into.encode()) as copy:
        for values in mart.itertuples(index=False, name=None):
            copy.write_row([*map(_value, values), row[0]])


def _value(value: Any) -> Any:
    return None if pd.isna(value) else value
