"""The example that the docs work through is what the package computes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from settlement_platform.settlement.batches import (
    Adjustment,
    AdjustmentKind,
    Item,
    Release,
    compose,
)
from settlement_platform.settlement.calendar import ZONE, expected_settlement_date
from settlement_platform.settlement.holidays import calendar_at
from settlement_platform.settlement.money import Fee, money_of
from settlement_platform.settlement.reserve import Hold

DOC = (Path(__file__).parents[2] / "docs" / "settlement.md").read_text()
CAPTURED_AT = dt.datetime(2024, 9, 12, 22, 10, tzinfo=ZONE)


def told(paise: int) -> bool:
    return f"**{paise // 100:,}.{paise % 100:02}**" in DOC


def test_the_dates_are_those_of_the_docs() -> None:
    told_at_capture = expected_settlement_date(CAPTURED_AT, 2, calendar_at(CAPTURED_AT))
    now = expected_settlement_date(CAPTURED_AT, 2, calendar_at(CAPTURED_AT + dt.timedelta(days=1)))
    assert f"expected on **{told_at_capture}**" in DOC
    assert f"now it is **{now}**" in DOC
    assert told_at_capture != now
    due = Hold("B1", "M1", now, 48_67, True).release_date()
    assert f"48.67 is due on **{due}**" in DOC


def test_the_money_is_that_of_the_docs() -> None:
    money = money_of(1_000_50, Fee(199, 300), reserve_bps=500)
    assert told(money.fee_paise) and told(money.gst_paise)
    assert told(money.reserve_hold_paise) and told(money.net_paise)
    day = dt.date(2024, 9, 16)
    for refund_paise, shown in ((200_00, 844_80), (2_000_00, 955_20)):
        refund = Adjustment("A1", "M1", AdjustmentKind.REFUND, "T0", day, -refund_paise)
        (batch,) = compose(
            day, [Item("T1", "M1", day, money)], [Release("B0", "M1", day, 120_00)], [refund]
        )
        waiting = refund_paise + batch.totals.adjustments_paise
        assert told(shown)
        assert (batch.totals.net_paise or waiting) == shown
