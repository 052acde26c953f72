"""The money of transactions through the real chain: terms as of capture, and restatements."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.settlement.books.agreed import Agreement, record_fee, record_terms
from settlement_platform.settlement.books.dates import (
    current_calendar,
    declare,
    declared,
    refresh_all,
)
from settlement_platform.settlement.calendar import Declaration, expected_settlement_date
from settlement_platform.settlement.holidays import Version
from settlement_platform.settlement.money import Fee, money_of
from settlement_platform.storage.writing import writing

if TYPE_CHECKING:
    from conftest import WaitFor

pytestmark = pytest.mark.e2e
BOUND_SECONDS = 240.0
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAY = dt.timedelta(days=1)
PAYMENT = """
INSERT INTO transactions_to_settle
VALUES (%(name)s, %(merchant)s, %(rupees)s, %(method)s, %(at)s::date, '0', %(status)s, %(at)s,
  %(at)s)
"""
ROW = """
SELECT fee_paise, gst_paise, reserve_hold_paise, net_paise, expected_settlement_date
FROM sp_v2_transactions WHERE transaction_id = %s
"""
Money = tuple[int | None, ...]


class Chain:
    """The core to write to, and V2 to read from."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.core = psycopg.connect(settings.core_dsn, autocommit=True)
        self.v2 = psycopg.connect(settings.v2_dsn, autocommit=True)
        self.merchant = f"M-{uuid.uuid4().hex[:8]}"

    def known(self, cycle: str, reserve: str) -> None:
        self.core.execute(
            "INSERT INTO merchant_data VALUES (%s, 'Somebody', %s, %s, clock_timestamp())",
            (self.merchant, cycle, reserve),
        )

    def pay(self, rupees: str, at: dt.datetime = NOW, method: str = "CARD", **more: Any) -> str:
        name = f"T-{uuid.uuid4().hex}"
        values = {"name": name, "merchant": self.merchant, "rupees": rupees, "method": method}
        self.core.execute(PAYMENT.encode(), values | {"at": at, "status": "SUCCESS"} | more)
        return name

    def row(self, name: str) -> tuple[Any, ...] | None:
        return self.v2.execute(ROW.encode(), (name,)).fetchone()

    def why(self, name: str) -> list[tuple[Any, ...]]:
        return self.v2.execute(
            "SELECT reason, cause FROM sp_v2_restatements WHERE transaction_id = %s"
            " ORDER BY restatement_id",
            (name,),
        ).fetchall()

    def refresh(self) -> None:
        with writing(self.settings.v2_owner_dsn) as v2:
            refresh_all(v2, NOW.date())

    def due(self, at: dt.datetime, cycle_days: int) -> dt.date:
        with writing(self.settings.v2_dsn) as v2:
            return expected_settlement_date(at, cycle_days, current_calendar(v2))


@pytest.fixture
def chain(stack_settings: Settings) -> Iterator[Chain]:
    found = Chain(stack_settings)
    yield found
    found.core.close()
    found.v2.close()


def money(paise: int, bps: int, reserve_bps: int, fixed: int = 0) -> Money:
    found = money_of(paise, Fee(bps, fixed), reserve_bps)
    return found.fee_paise, found.gst_paise, found.reserve_hold_paise, found.net_paise


def declare_late(settings: Settings, day: dt.date) -> None:
    """A holiday that nobody had announced."""
    with writing(settings.v2_owner_dsn) as v2:
        number = max(version.version for version in declared(v2)) + 1
        change = Declaration(number, NOW, "add", day, "IN", "A late day", "a test", "it was late")
        declare(v2, [Version(number, NOW, frozenset(), (change,))])


def test_money_is_told_at_capture_and_restated_when_terms_or_dates_come_later(
    chain: Chain, wait_for: WaitFor
) -> None:
    stranger = chain.pay("1000.50", method="WALLET")
    pending = chain.pay("20.00", status="PENDING")
    wait_for(lambda: chain.row(pending) is not None, "the payments are not in V2", BOUND_SECONDS)
    assert chain.row(stranger) == (None,) * 5
    chain.known("T+2", "5.00")
    owner = chain.settings.v2_owner_dsn
    wait_for(
        lambda: chain.row(stranger)[:4] == money(100_050, 200, 500),  # type: ignore[index]
        "a merchant that came late did not restate its transaction",
        BOUND_SECONDS,
    )
    assert chain.why(stranger)[0][0] == "TERMS"
    assert chain.row(pending) == (None,) * 5

    chain.refresh()
    due = chain.due(NOW, 2)
    wait_for(
        lambda: chain.row(stranger)[4] == due,  # type: ignore[index]
        "a date that came late is not in the row",
        BOUND_SECONDS,
    )
    told = chain.pay("18012.00", at=NOW)
    wait_for(lambda: chain.row(told) is not None, "a payment is not in V2", BOUND_SECONDS)
    assert chain.row(told) == (*money(1_801_200, 200, 500), due)
    assert chain.why(told) == []

    # A rate from tomorrow on changes nothing of today; one of the past exactly what it covers.
    old = chain.pay("51000.00", at=NOW - 3 * DAY)
    with writing(owner) as v2:
        later = Agreement(NOW + DAY, None, "new rate", "alice")
        assert record_fee(v2, chain.merchant, None, Fee(150), later) == []
        past = Agreement(NOW - 5 * DAY, NOW - 2 * DAY, "was agreed so", "alice")
        record_fee(v2, chain.merchant, "CARD", Fee(190), past)
        record_terms(v2, chain.merchant, 2, 0, past)
    wait_for(
        lambda: (chain.row(old) or ())[:4] == (96_900, 17_442, 0, 4_985_658),
        "a correction did not restate what it covers",
        BOUND_SECONDS,
    )
    assert chain.row(told) == (*money(1_801_200, 200, 500), due)
    assert chain.why(told) == []
    assert any("was agreed so" in cause for _, cause in chain.why(old))


def test_a_late_holiday_moves_the_dates_that_it_touches_and_no_other(
    chain: Chain, wait_for: WaitFor
) -> None:
    chain.known("T+2", "0.00")
    old = NOW - 20 * DAY
    touched, not_touched = chain.pay("10.00"), chain.pay("10.00", at=old)
    both = (touched, not_touched)
    wait_for(lambda: all(map(chain.row, both)), "the payments are not in V2", BOUND_SECONDS)
    chain.refresh()
    before, long_ago = chain.due(NOW, 2), chain.due(old, 2)
    wait_for(
        lambda: [(chain.row(one) or (None,))[-1] for one in both] == [before, long_ago],
        "the dates of the capture are not in the rows",
        BOUND_SECONDS,
    )
    asked_before = chain.why(not_touched)
    declare_late(chain.settings, before)
    chain.refresh()
    after = chain.due(NOW, 2)
    assert after > before
    wait_for(
        lambda: chain.row(touched)[-1] == after,  # type: ignore[index]
        "a late holiday did not move the date that it touches",
        BOUND_SECONDS,
    )
    assert "it was late" in chain.why(touched)[-1][1]
    assert (chain.row(not_touched)[-1], chain.why(not_touched)) == (long_ago, asked_before)  # type: ignore[index]
