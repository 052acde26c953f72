"""What answers about tiles look like, for the documentation: parts of one dashboard.

Without a null: the OpenAPI document leaves such out of its examples.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from settlement_platform.api.schema import CohortAnswer, FilterAnswer, WindowAnswer
from settlement_platform.contracts.v2 import SOURCE_STREAM
from settlement_platform.metrics.cohort import OTHER_METHODS, Filters, Window

COMPUTED_AT = dt.datetime(2026, 1, 31, 6, 30, tzinfo=dt.UTC)


def _amount(count: int, amount_paise: int) -> dict[str, Any]:
    return {"count": count, "amount_paise": amount_paise}


def _rates(by_count_bps: int, by_value_bps: int) -> dict[str, Any]:
    return {"by_count_bps": by_count_bps, "by_value_bps": by_value_bps}


_NONE = _amount(0, 0)
_CAPTURED, _SETTLED = _amount(1_200, 6_120_000_000), _amount(1_170, 6_003_720_000)
_RATES, _FAILED = _rates(9750, 9810), _amount(90, 450_000_000)
_EXAMPLE: dict[str, Any] = {
    "as_of": COMPUTED_AT - dt.timedelta(milliseconds=850),
    "lag_ms": 850,
    "computed_at": COMPUTED_AT,
    "window": WindowAnswer.of(Window(dt.date(2026, 1, 1), dt.date(2026, 2, 1))),
    "filters": FilterAnswer.of(Filters(("M001",), ("UPI", OTHER_METHODS), SOURCE_STREAM)),
    "assets": ["v2/sp_v2_tile_cells"],
    "captured": _CAPTURED,
    "settled": _SETTLED,
    "settled_net_paise": 5_862_032_208,
    "last_payout": {
        "amount_paise": 191_204_300,
        "utr": "HDFCN52026013100",
        "credited_at": dt.datetime(2026, 1, 31, 5, 2, tzinfo=dt.UTC),
    },
    "unsettled": _amount(30, 116_280_000),
    "unsettled_classes": {
        "awaiting_reconciliation": _NONE,
        "not_yet_due": _amount(25, 101_280_000),
        "due_today": _amount(4, 14_000_000),
        "overdue": _amount(1, 1_000_000),
        "without_date": _NONE,
        "on_hold": _NONE,
    },
    "settlement_rate": _RATES,
    "mature_rate": _rates(9991, 9998),
    "on_time_rate": _rates(9940, 9951),
    "settlement_time": {
        "mean_seconds": 97_200,
        "p50_below_seconds": 100_800,
        "p90_below_seconds": 129_600,
        "late_count": 3,
        "late_days": 4,
        "oldest_unsettled_date": dt.date(2026, 1, 28),
        "oldest_unsettled_days": 3,
    },
    "previous": {
        "as_of": COMPUTED_AT - dt.timedelta(days=31, milliseconds=850),
        "window": WindowAnswer.of(Window(dt.date(2025, 12, 1), dt.date(2026, 1, 1))),
        "captured": _amount(1_100, 5_610_000_000),
        "settled": _amount(1_071, 5_502_120_000),
        "unsettled": _amount(29, 107_880_000),
        "settlement_rate": _rates(9736, 9808),
        "mature_rate": _rates(9990, 9995),
    },
    "payment_methods": [
        {
            "payment_method": "UPI",
            "captured": _CAPTURED,
            "share": _rates(10_000, 10_000),
            "mean_ticket_paise": 5_100_000,
            "mature_rate": _rates(9991, 9998),
            "effective_fee_bps": 200,
        }
    ],
    "grain": "day",
    "gmv_trend": [
        {
            "start": dt.date(2026, 1, 31),
            "captured": _amount(41, 209_100_000),
            "settled": _NONE,
            "paid_out": _NONE,
            "failed": _amount(3, 15_000_000),
            "trailing_mean_paise": 204_000_000,
        }
    ],
    "funnel": [
        {
            "stage": "captured",
            "value": _CAPTURED,
            "share_of_captured": _rates(10_000, 10_000),
            "median_below_seconds": 10,
        }
    ],
    "rate_performance": [
        {
            "span": "last_7_days",
            "captured": _amount(280, 1_428_000_000),
            "settlement_rate": _rates(9143, 9201),
            "mature_rate": _rates(9962, 9971),
            "on_time_rate": _rates(9885, 9910),
            "breaches": _amount(3, 12_400_000),
        }
    ],
    "failures": {
        "failed": _FAILED,
        "reasons": [{"failure_code": "BANK_DECLINED", "failure_owner": "bank", "failed": _FAILED}],
        "value_at_risk": _amount(1, 1_000_000),
        "oldest_unsettled_date": dt.date(2026, 1, 28),
        "anomalies_open": 2,
    },
}


def example(model: type[CohortAnswer]) -> Any:
    """An answer of a model, as it is sent."""
    fields = {name: _EXAMPLE[name] for name in model.model_fields}
    return model.model_validate(fields).model_dump(mode="json")
