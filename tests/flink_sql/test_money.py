"""Flink's arithmetic is the reference's, to the paisa: the job's own view over a file of cases."""

from __future__ import annotations

import random

import pytest

from settlement_platform.config import Settings
from settlement_platform.settlement.money import Bearer, Fee, money_of
from settlement_platform.streaming.gateway_client import gateway_session
from settlement_platform.streaming.jobs import FLINK_SQL_DIR

pytestmark = pytest.mark.e2e

CASES = 100_000
LARGEST_PAISE = 99_999_999_999_999
"""The largest amount that the core can write."""
Case = tuple[int, int, int, int, str]
"""amount_paise, fee_bps, fixed_paise, reserve_bps, bearer"""

BATCH = {"execution.runtime-mode": "BATCH", "table.local-time-zone": "UTC"}
CASES_TABLE = """
CREATE TEMPORARY TABLE transaction_terms (
  number INT, amount_paise BIGINT, fee_bps INT, fixed_paise BIGINT, reserve_bps INT, bearer STRING
) WITH ('connector' = 'filesystem', 'path' = 'file://{path}', 'format' = 'csv')
"""
# Differences are looked for by one number a row, so that few bytes cross the gateway.
FOUND = """
SELECT LISTAGG(CONCAT_WS(' ', CAST(number AS STRING), CAST(fee_paise AS STRING),
  CAST(gst_paise AS STRING), CAST(reserve_hold_paise AS STRING), CAST(net_paise AS STRING)), ',')
FROM transaction_money GROUP BY number / 1000
"""


def cases(seed: int) -> list[Case]:
    """Amounts of every size with rates of every kind; some where half a paisa decides."""
    chance = random.Random(seed)
    found: list[Case] = [
        (5_100_000, 190, 0, 0, "MERCHANT"),
        (1, 10_000, 0, 10_000, "MERCHANT"),
        (0, 200, 0, 500, "MERCHANT"),
        (100, 200, 500, 10_000, "MERCHANT"),
        (LARGEST_PAISE, 10_000, 0, 10_000, "CUSTOMER"),
        (LARGEST_PAISE, 9_999, 1, 9_999, "MERCHANT"),
    ]
    while len(found) < CASES:
        amount = min(chance.randrange(10 ** chance.randint(1, 14)), LARGEST_PAISE)
        bps = chance.choice([chance.randrange(10_001), 5 * chance.randrange(100)])
        fixed = chance.choice([0, chance.randrange(1000)])
        reserve = chance.choice([0, 500, chance.randrange(10_001)])
        found.append((amount, bps, fixed, reserve, chance.choice(["MERCHANT", "CUSTOMER"])))
    return found


def expected(case: Case) -> list[int]:
    amount, bps, fixed, reserve, bearer = case
    money = money_of(amount, Fee(bps, fixed, Bearer(bearer)), reserve)
    return [money.fee_paise, money.gst_paise, money.reserve_hold_paise, money.net_paise]


def test_a_hundred_thousand_cases_are_exact(stack_settings: Settings) -> None:
    wanted = cases(seed=20)
    file = stack_settings.state_dir / "tmp" / "money_cases.csv"
    file.write_text("".join(f"{n},{','.join(map(str, case))}\n" for n, case in enumerate(wanted)))
    view = (FLINK_SQL_DIR / "views" / "transaction_money.sql").read_text()
    with gateway_session(stack_settings.sql_gateway, BATCH) as session:
        session.execute(CASES_TABLE.format(path=file))
        session.execute(view)
        rows = session.execute(FOUND).rows
    found = {
        int(number): list(map(int, values))
        for (listed,) in rows
        for number, *values in (entry.split(" ") for entry in listed.split(","))
    }
    assert len(found) == CASES
    assert [n for n, case in enumerate(wanted) if found[n] != expected(case)] == []
    assert found[0] == [96_900, 17_442, 0, 4_985_658]
