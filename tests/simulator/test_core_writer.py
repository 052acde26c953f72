from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import psycopg
import pytest

from settlement_platform.errors import SettlementError
from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.core_writer import history_is_loaded, load_history
from settlement_platform.simulator.world import MERCHANT_COUNT

UNTIL = dt.datetime(2026, 3, 12, 9, 30, tzinfo=dt.UTC)


def test_a_loaded_history_equals_its_answer_key(
    core_dsn: str, key_in_core: Callable[[str], AnswerKey]
) -> None:
    seen: list[tuple[int, int]] = []
    key = load_history(
        core_dsn, 1_001, 12_500, 30, UNTIL, lambda done, total: seen.append((done, total))
    )
    assert key.totals().attempted_count == 12_500
    assert key_in_core("TXN-HRT-") == key
    assert seen == [(10_000, 12_500), (12_500, 12_500)]


def test_a_loaded_history_has_its_merchants_and_its_gateway_answers(core_dsn: str) -> None:
    load_history(core_dsn, 1_002, 300, 3, UNTIL)
    with psycopg.connect(core_dsn) as connection:
        merchants = connection.execute(
            "SELECT count(*) FROM merchant_data WHERE starts_with(merchant_id, 'MERC0')"
        ).fetchone()
        strays = connection.execute(
            "SELECT count(*) FROM payment_gateway_response AS answer"
            " LEFT JOIN transactions_to_settle AS payment USING (txn_id)"
            " WHERE starts_with(answer.txn_id, 'TXN-HRU-')"
            " AND (payment.txn_id IS NULL OR answer.responded_at > payment.updated_at)"
        ).fetchone()
    assert merchants == (MERCHANT_COUNT,)
    assert strays == (0,)


def test_the_same_history_is_not_loaded_twice(core_dsn: str) -> None:
    assert not history_is_loaded(core_dsn, 1_003)
    load_history(core_dsn, 1_003, 50, 2, UNTIL)
    assert history_is_loaded(core_dsn, 1_003)
    with pytest.raises(SettlementError, match="already has the history of seed 1003"):
        load_history(core_dsn, 1_003, 50, 2, UNTIL)


def test_a_core_that_cannot_be_reached_is_an_error_with_a_remedy() -> None:
    with pytest.raises(SettlementError, match="the core cannot be written") as caught:
        load_history("postgresql://nobody@127.0.0.1:1/none", 1_004, 10, 1, UNTIL)
    assert caught.value.remedy
