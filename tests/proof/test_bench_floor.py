"""The floor, before it is made."""

from __future__ import annotations

from settlement_platform.contracts.core import TransactionToSettle
from settlement_platform.proof.bench_floor import subscriber_table
from settlement_platform.proof.bench_versions import run_prefix


def test_the_floor_takes_every_column_of_the_contract() -> None:
    ddl = subscriber_table()
    assert ddl.strip().startswith("CREATE TABLE transactions_to_settle")
    assert all(f"{column.name} " in ddl for column in TransactionToSettle.__table__.columns)
    assert "PRIMARY KEY (txn_id)" in ddl


def test_the_prefix_of_a_run_is_no_prefix_of_another_runs() -> None:
    assert not run_prefix("r12").startswith(run_prefix("r1"))
