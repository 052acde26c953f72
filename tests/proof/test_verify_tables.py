"""The statements of verify, as text."""

from __future__ import annotations

import datetime as dt

import pytest

from settlement_platform.contracts.v2 import OWNER, Base
from settlement_platform.proof import verify_money
from settlement_platform.proof.verify_tables import (
    AGGREGATES,
    COMPARED_TABLES,
    SQL_DIR,
    TRANSACTIONS,
    ComparedTable,
    Database,
    dates_of,
    digests_sql,
    rows_sql,
    wanted_sql,
)

NOT_COMPARED = {
    "deleted_at",  # such a row counts as absent
    "source_lsn",  # when a row came, not what it says
    "gateway_lsn",
    "source_committed_at",
    "source_events",
    "restated_lsn",
    "settlement_lsn",
    *verify_money.COLUMNS,  # the core knows no money: recomputed from V2's own terms
}


@pytest.mark.parametrize("table", COMPARED_TABLES, ids=lambda table: table.file)
def test_every_column_that_the_stream_writes_is_compared(table: ComparedTable) -> None:
    columns = Base.metadata.tables[table.name].columns
    streamed = {column.name for column in columns if column.info.get(OWNER) != "v2"}
    assert set(table.key) | set(table.values) == streamed - NOT_COMPARED


@pytest.mark.parametrize("database", ["core", "v2"])
@pytest.mark.parametrize("table", COMPARED_TABLES, ids=lambda table: table.file)
def test_only_the_statement_for_given_keys_narrows_the_facts_to_them(
    table: ComparedTable, database: Database
) -> None:
    for statement in (digests_sql(table, database), rows_sql(table, database)):
        code = [line for line in statement.splitlines() if not line.lstrip().startswith("--")]
        assert "wanted" not in "\n".join(code)
    assert "-- wanted" not in wanted_sql(table, database)
    assert wanted_sql(table, database).count("FROM wanted") == 2


def test_no_statement_of_the_core_reads_v2() -> None:
    for file in SQL_DIR.glob("verify_core_*.sql"):
        code = [line for line in file.read_text().splitlines() if not line.startswith("--")]
        assert "sp_v2" not in "\n".join(code)


def test_the_slots_tell_their_business_dates() -> None:
    assert TRANSACTIONS.group[-1] == AGGREGATES.group[-1] == "transaction_date"
    slots = ["2026-01-02/ff", "2026-01-02/00", "DAY/2026-01-01/0a"]
    assert dates_of(slots) == [dt.date(2026, 1, 1), dt.date(2026, 1, 2)]


@pytest.mark.parametrize("slot", ["/ff", "infinity/ff", "0044-03-15 BC/ff", "10000-01-01/ff"])
def test_a_slot_without_an_ordinary_date_narrows_nothing(slot: str) -> None:
    assert dates_of(["2026-01-02/ff", slot]) is None
