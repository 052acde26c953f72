"""PostgreSQL's recomputation is the reference's, to the paisa, and what is planted is found."""

from __future__ import annotations

import datetime as dt
import random

import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.proof import verify_money as money
from settlement_platform.proof.verify_read import connected
from settlement_platform.settlement.money import Bearer, Fee, money_of

ROWS = 100_000
MERCHANTS = 200
LARGEST_PAISE = 99_999_999_999_999
CUT_OFF_SECONDS = 86_399
AT = dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC)
DUE = dt.date(2026, 3, 4)
COPY = """
COPY sp_v2_transactions (transaction_id, merchant_id, amount_paise, payment_method,
  transaction_date, source_type, status, created_at, captured_at, source_lsn, gateway_lsn,
  source_committed_at, fee_paise, gst_paise, reserve_hold_paise, net_paise, terms_id, fee_rate_id,
  expected_settlement_date, calendar_version) FROM STDIN
"""


def fill(v2: psycopg.Connection[tuple[object, ...]]) -> None:
    """Merchants with terms and rates at random, and payments as the reference computes them."""
    chance, agreed = random.Random(6), []
    v2.execute(
        "INSERT INTO sp_v2_settlement_dates (capture_date, cycle_days, expected_settlement_date,"
        " calendar_version) VALUES ('2026-03-02', 2, %s, 1)",
        (DUE,),
    )
    for number in range(MERCHANTS):
        name, reserve = f"M{number}", chance.choice([0, 500, chance.randrange(10_001)])
        bps, fixed = chance.randrange(10_001), chance.choice([0, chance.randrange(1000)])
        bearer = chance.choice(list(Bearer))
        terms = v2.execute(
            "INSERT INTO sp_v2_merchant_terms (merchant_id, source, cycle_days, reserve_bps,"
            " valid_from_at, why, recorded_by) VALUES (%s, 'v2', 2, %s, '2026-01-01Z', 'a', 'b')"
            " RETURNING terms_id",
            (name, reserve),
        ).fetchone()
        rate = v2.execute(
            "INSERT INTO sp_v2_fee_rates (merchant_id, fee_bps, fixed_paise, bearer, valid_from_at,"
            " why, recorded_by) VALUES (%s, %s, %s, %s, '2026-01-01Z', 'a', 'b')"
            " RETURNING fee_rate_id",
            (name, bps, fixed, str(bearer)),
        ).fetchone()
        assert terms and rate
        agreed.append((name, reserve, Fee(bps, fixed, bearer), terms[0], rate[0]))
    with v2.cursor() as cursor, cursor.copy(COPY.encode()) as copy:
        for number in range(ROWS):
            name, reserve, fee, terms_id, rate_id = chance.choice(agreed)
            paise = min(chance.randrange(10 ** chance.randint(1, 14)), LARGEST_PAISE)
            of = money_of(paise, fee, reserve)
            facts = (f"T{number}", name, paise, "CARD", AT.date(), "SABPAISA_STREAM", "RECONCILED")
            parts = (of.fee_paise, of.gst_paise, of.reserve_hold_paise, of.net_paise)
            copy.write_row((*facts, AT, AT, 1, 0, AT, *parts, terms_id, rate_id, DUE, 1))


def test_a_hundred_thousand_cases_are_exact_and_one_paisa_is_found(
    own_v2: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(money, "RESTATED_SECONDS", 0.0)
    with psycopg.connect(own_v2.v2_owner_dsn) as v2:
        fill(v2)
    told: list[str] = []
    with connected(own_v2.v2_dsn, "v2") as side:
        verdict = money.verify_money(side, None, CUT_OFF_SECONDS, told.append)
    assert (verdict.compared, verdict.different) == (ROWS, 0)
    with psycopg.connect(own_v2.v2_owner_dsn) as v2:
        v2.execute(
            "UPDATE sp_v2_transactions SET gst_paise = gst_paise + 1 WHERE transaction_id = 'T7'"
        )
        v2.execute("UPDATE sp_v2_transactions SET fee_paise = NULL WHERE transaction_id = 'T8'")
    with connected(own_v2.v2_dsn, "v2") as side:
        verdict = money.verify_money(side, None, CUT_OFF_SECONDS, told.append)
    assert [one.key["transaction_id"] for one in verdict.examples] == ["T7", "T8"]
    assert [one.columns for one in verdict.examples] == [("gst_paise",), ("fee_paise",)]
