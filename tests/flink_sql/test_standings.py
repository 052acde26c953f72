"""What batches settle, by the views of both jobs over files of cases: the newest facts decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from settlement_platform.config import Settings
from settlement_platform.streaming.gateway_client import gateway_session
from settlement_platform.streaming.jobs import FLINK_SQL_DIR

pytestmark = pytest.mark.e2e

STREAMING = {"execution.runtime-mode": "STREAMING", "parallelism.default": "1"}
A, B = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
SETTLED_AT, PAID_AT, UPDATED_AT = "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", "2026-01-02"
VIEWS = (
    "transaction_standings",
    "transaction_facts",
    "transaction_succession",
    "transaction_changes",
)
FILES = {
    "valid_transactions_to_settle": "txn_id STRING, is_settled STRING, status STRING,"
    " deleted BOOLEAN, source_lsn BIGINT, merchant_code AS 'M', payment_mode AS 'UPI',"
    f" amount AS '10.00', txn_date AS '20000', created_at AS '2026-01-01', updated_at AS"
    f" '{UPDATED_AT}', committed_ms AS CAST(1000 AS BIGINT), source_topic AS 'sabpaisa.x'",
    "valid_sp_v2_settlement_items": "transaction_id STRING, batch_id STRING, item_state STRING,"
    f" paid_out_at STRING, source_lsn BIGINT, settled_at AS '{SETTLED_AT}', fee_paise AS '100',"
    " gst_paise AS '18', reserve_hold_paise AS '0', net_paise AS '882', terms_id AS '7',"
    " fee_rate_id AS '9', deleted AS FALSE, committed_ms AS CAST(5000 AS BIGINT)",
    "valid_payment_gateway_response": "txn_id STRING, gateway STRING, response_code STRING,"
    " responded_at STRING, deleted BOOLEAN, source_lsn BIGINT, committed_ms BIGINT",
    "valid_sp_v2_restatements": "transaction_id STRING, batch_id STRING, source_lsn BIGINT",
}
PAYMENTS = """\
again,0,SUCCESS,false,100
released,0,SUCCESS,false,100
core,1,SUCCESS,false,100
tied,0,SUCCESS,false,100
failed,0,FAILED,false,100
deleted,0,SUCCESS,true,100
plain,0,SUCCESS,false,100
"""
# Out of order, two with one LSN as a snapshot gives them, and one whose payment never comes.
ITEMS = f"""\
again,{B},LIVE,,30
again,{A},LIVE,,10
again,{A},RELEASED,,20
released,{A},RELEASED,,20
released,{A},LIVE,,10
tied,{B},CREDITED,{PAID_AT},50
tied,{A},RELEASED,,50
failed,{A},LIVE,,10
deleted,{A},LIVE,,10
stranger,{A},LIVE,,10
"""
FACTS = """
SELECT transaction_id, state, settlement_batch_id, settled_at, paid_out_at, settled_net_paise,
  settlement_lsn
FROM transaction_facts
"""
WEIGHTS = "SELECT state, weight FROM transaction_changes"
NOTHING = (None, None, None, None)


def table(name: str, folder: Path) -> str:
    return (
        f"CREATE TEMPORARY TABLE {name} ({FILES[name]}, read_at AS PROCTIME()) WITH ("
        f"'connector' = 'filesystem', 'path' = 'file://{folder / name}.csv', 'format' = 'csv',"
        " 'csv.null-literal' = '')"
    )


def run(gateway: str, folder: Path, settings: dict[str, str]) -> tuple[list[Any], list[Any]]:
    """The rows of both views, in the order in which they came."""
    texts = dict.fromkeys(FILES, "") | {
        "valid_transactions_to_settle": PAYMENTS,
        "valid_sp_v2_settlement_items": ITEMS,
    }
    with gateway_session(gateway, settings) as session:
        for name, text in texts.items():
            (folder / f"{name}.csv").write_text(text)
            session.execute(table(name, folder))
        for view in VIEWS:
            session.execute((FLINK_SQL_DIR / "views" / f"{view}.sql").read_text())
        return session.execute(FACTS).rows, session.execute(WEIGHTS).rows


def check(facts: list[Any], weights: list[Any]) -> None:
    last = {name: tuple(values) for name, *values in facts}
    assert last == {
        "again": ("SETTLED", B, SETTLED_AT, None, 882, 30),
        "released": ("SUCCESS", *NOTHING, 20),
        "core": ("SETTLED", None, UPDATED_AT, None, None, 0),
        "tied": ("SETTLED", B, SETTLED_AT, PAID_AT, 882, 50),
        "failed": ("SETTLED", A, SETTLED_AT, None, 882, 10),
        "deleted": ("SETTLED", A, SETTLED_AT, None, 882, 10),
        "plain": ("SUCCESS", *NOTHING, 0),
    }
    counted = dict.fromkeys((state for state, _ in weights), 0)
    for state, weight in weights:
        counted[state] += weight
    assert {state: count for state, count in counted.items() if count} == {
        "SETTLED": 4,
        "SUCCESS": 2,
        "DELETED": 1,
    }


def test_the_newest_item_decides_whatever_came_first(stack_settings: Settings) -> None:
    folder = stack_settings.state_dir / "tmp" / "standings"
    folder.mkdir()
    check(*run(stack_settings.sql_gateway, folder, STREAMING))
