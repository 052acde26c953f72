"""The chain as a newcomer meets it: a history goes in, true numbers come out."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.proof.verify import verify
from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.core_writer import load_history
from settlement_platform.simulator.traffic_runner import run_traffic

pytestmark = pytest.mark.e2e

TRANSACTIONS = 50_000
DAYS = 90
ARRIVAL_SECONDS = 240
WIDE = {"from_date": "2026-01-01", "to_date": "2027-01-01"}


@pytest.fixture(scope="module")
def loaded(stack_settings: Settings, wait_for: Callable[..., None]) -> AnswerKey:
    """A history and some live traffic on top, all of it in V2."""
    key = load_history(stack_settings.core_dsn, 7, TRANSACTIONS, DAYS)
    with psycopg.connect(stack_settings.v2_dsn, autocommit=True) as v2:
        query = "SELECT COUNT(*) >= %s FROM sp_v2_transactions"
        wait_for(
            lambda: v2.execute(query, (TRANSACTIONS,)).fetchone() == (True,),
            f"V2 has not all of {TRANSACTIONS} transactions",
            ARRIVAL_SECONDS,
        )
    report = run_traffic(stack_settings.core_dsn, 100, 10, seed=7)
    assert report.missed == 0
    assert verify(stack_settings.core_dsn, stack_settings.v2_dsn).to_json()["ok"]
    key.merge(report.answer_key)
    return key


def test_the_kpis_agree_with_the_answer_key(stack_settings: Settings, loaded: AnswerKey) -> None:
    answer = httpx.get(f"{stack_settings.api}/analytics/kpis", params=WIDE, timeout=10).json()
    total = loaded.totals()
    assert answer["captured"] == {
        "count": total.captured_count,
        "amount_paise": str(total.captured_paise),
    }
    assert answer["settled"] == {
        "count": total.settled_count,
        "amount_paise": str(total.settled_paise),
    }
    assert answer["as_of"] is not None


def test_the_kpis_of_one_merchant_and_method_agree_too(
    stack_settings: Settings, loaded: AnswerKey
) -> None:
    chosen = {**WIDE, "merchant_id": "MERC0001", "payment_method": "UPI"}
    answer = httpx.get(f"{stack_settings.api}/analytics/kpis", params=chosen, timeout=10).json()
    total = loaded.totals(merchant_id="MERC0001", payment_method="UPI")
    assert answer["captured"]["count"] == total.captured_count > 0
    assert answer["settled"]["amount_paise"] == str(total.settled_paise)


@pytest.fixture
def await_row(wait_for: Callable[..., None]) -> Callable[..., None]:
    """Wait until a transaction is in V2 and a condition holds of it."""

    def wait(v2: psycopg.Connection[tuple[object, ...]], key: str, condition: str) -> None:
        query = f"SELECT 1 FROM sp_v2_transactions WHERE transaction_id = %s AND {condition}"
        wait_for(
            lambda: v2.execute(query.encode(), (key,)).fetchone() is not None,
            f"{key}: not {condition}",
            30.0,
        )

    return wait


def test_a_deleted_payment_stays_with_the_time_of_its_deletion(
    stack_settings: Settings,
    loaded: AnswerKey,
    pay: Callable[..., None],
    await_row: Callable[..., None],
) -> None:
    with (
        psycopg.connect(stack_settings.core_dsn, autocommit=True) as core,
        psycopg.connect(stack_settings.v2_dsn, autocommit=True) as v2,
    ):
        pay(core, "GONE-1", "SUCCESS")
        await_row(v2, "GONE-1", "deleted_at IS NULL")
        core.execute("DELETE FROM transactions_to_settle WHERE txn_id = 'GONE-1'")
        await_row(v2, "GONE-1", "deleted_at IS NOT NULL")
        # The version before is in its history.
        versions = v2.execute(
            "SELECT COUNT(*) FROM sp_v2_transaction_history WHERE transaction_id = 'GONE-1'"
        ).fetchone()
        assert versions == (1,)
    assert verify(stack_settings.core_dsn, stack_settings.v2_dsn).ok


def test_a_changed_key_and_a_late_answer_end_right(
    stack_settings: Settings,
    loaded: AnswerKey,
    pay: Callable[..., None],
    await_row: Callable[..., None],
) -> None:
    with (
        psycopg.connect(stack_settings.core_dsn, autocommit=True) as core,
        psycopg.connect(stack_settings.v2_dsn, autocommit=True) as v2,
    ):
        # The answer first, its transaction later, then another key for it.
        core.execute(
            "INSERT INTO payment_gateway_response VALUES"
            " ('KEY-2', 'gateway-a', 'BANK_U30', 'declined', '2026-10-02 06:00:05Z')"
        )
        pay(core, "KEY-1", "FAILED")
        core.execute("UPDATE transactions_to_settle SET txn_id = 'KEY-2' WHERE txn_id = 'KEY-1'")
        await_row(v2, "KEY-1", "deleted_at IS NOT NULL")
        await_row(v2, "KEY-2", "failure_code = 'BANK_U30' AND failure_owner = 'bank'")
    assert verify(stack_settings.core_dsn, stack_settings.v2_dsn).ok
