"""Settlement comes to a V2 that has data: what is there is kept, and rights stay small."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from psycopg import sql

from settlement_platform.config import Settings
from settlement_platform.storage.beside import SEARCH_PATH, build, promote
from settlement_platform.storage.engine import engine
from settlement_platform.storage.migrate import alembic_config, upgrade

BEFORE = """
INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise, payment_method,
  transaction_date, source_type, status, created_at, source_lsn, gateway_lsn, source_committed_at)
SELECT 'T' || n, 'M1', n, 'UPI', '2026-10-02', 'SABPAISA_STREAM', 'PENDING', now(), n, 0, now()
FROM generate_series(1, 100) AS n;
UPDATE sp_v2_transactions SET amount_paise = 7, source_lsn = 200 WHERE transaction_id = 'T1';
INSERT INTO sp_v2_merchant_master (merchant_id, merchant_name, settlement_cycle_days,
  rolling_reserve_bps, updated_at, source_lsn, source_committed_at)
VALUES ('M1', 'One', 2, 500, '2026-01-01Z', 1, now());
SELECT sp_v2_build_beside('sp_v2_transactions')
"""
OLD_COLUMNS = """transaction_id, merchant_id, amount_paise, payment_method, transaction_date,
  source_type, status, created_at, source_lsn, gateway_lsn, source_committed_at, loaded_at"""
WRITTEN_BY_V2 = (
    "sp_v2_calendar_versions",
    "sp_v2_holidays",
    "sp_v2_settlement_dates",
    "sp_v2_merchant_terms",
    "sp_v2_fee_rates",
    "sp_v2_settlement_batches",
    "sp_v2_settlement_items",
    "sp_v2_adjustments",
    "sp_v2_adjustment_parts",
    "sp_v2_reserve_ledger",
    "sp_v2_bank_transfers",
    "sp_v2_outbox",
    "sp_v2_audit_log",
    "sp_v2_idempotency_keys",
)
MERCHANT = """
INSERT INTO sp_v2_merchant_master (merchant_id, merchant_name, settlement_cycle_days,
  rolling_reserve_bps, updated_at, source_lsn, source_committed_at)
VALUES (%s, %s, %s, %s, %s, %s, now())
ON CONFLICT (merchant_id) DO UPDATE SET merchant_name = EXCLUDED.merchant_name,
  settlement_cycle_days = EXCLUDED.settlement_cycle_days, source_lsn = EXCLUDED.source_lsn,
  rolling_reserve_bps = EXCLUDED.rolling_reserve_bps, updated_at = EXCLUDED.updated_at"""


def as_role(settings: Settings, role: str) -> str:
    """V2's DSN for another role."""
    return settings.v2_dsn.replace("v2_reader", role).replace(
        settings.secret("v2_reader"), settings.secret(role)
    )


@pytest.fixture
def earlier(databases: Settings) -> Iterator[str]:
    """An owner's DSN of another database, as it was before settlement, with data."""
    name = sql.Identifier("earlier_" + uuid.uuid4().hex)
    with psycopg.connect(databases.v2_admin_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER v2_owner").format(name))
        dsn = databases.v2_owner_dsn.rpartition("/")[0] + f"/{name.as_string().strip(chr(34))}"
        command.upgrade(alembic_config(dsn), "0004")
        with psycopg.connect(dsn) as owner:
            owner.execute(BEFORE)
        yield dsn
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def read(dsn: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def test_data_of_before_is_kept_and_its_merchants_have_terms(earlier: str) -> None:
    tables = ("sp_v2_transactions", "sp_v2_transaction_history")
    queries = [f"SELECT {OLD_COLUMNS} FROM {name} ORDER BY 1, loaded_at" for name in tables]
    before = [read(earlier, query) for query in queries]
    assert [len(rows) for rows in before] == [100, 1]
    upgrade(earlier)
    assert [read(earlier, query) for query in queries] == before
    terms = "SELECT merchant_id, source, cycle_days, reserve_bps FROM sp_v2_merchant_terms"
    assert read(earlier, terms) == [("M1", "core", 2, 500)]


def test_history_keeps_the_money_of_a_version_and_tables_beside_have_its_columns(
    earlier: str,
) -> None:
    upgrade(earlier)
    with psycopg.connect(earlier) as owner:
        for fee in (19, 21):
            owner.execute(
                "UPDATE sp_v2_transactions SET fee_paise = %s, terms_id = 4 "
                "WHERE transaction_id = 'T2'",
                [fee],
            )
    kept = """SELECT fee_paise, terms_id FROM sp_v2_transaction_history
      WHERE transaction_id = 'T2' ORDER BY history_id"""
    assert read(earlier, kept) == [(None, None), (19, 4)]
    assert read(earlier, "SELECT net_paise FROM v2_beside.sp_v2_transactions") == []


def test_terms_follow_the_core_and_a_new_name_is_none(databases: Settings) -> None:
    merchant = uuid.uuid4().hex
    with psycopg.connect(as_role(databases, "v2_stream")) as stream:
        for name, cycle, reserve, at, lsn in (
            ("a", 2, 500, "2026-03-01Z", 1),
            ("b", 2, 500, "2026-04-01Z", 2),
            ("b", 1, 500, "2026-05-01Z", 3),
            ("b", 9, 900, "2026-04-15Z", 2),
        ):
            stream.execute(MERCHANT, (merchant, name, cycle, reserve, at, lsn))
    found = read(
        databases.v2_dsn,
        f"""SELECT cycle_days, reserve_bps, valid_from_at = '1970-01-01Z',
          valid_from_at::date::text, superseded_at
          FROM sp_v2_merchant_terms WHERE merchant_id = '{merchant}'
          ORDER BY terms_id""",
    )
    assert found == [(2, 500, True, "1970-01-01", None), (1, 500, False, "2026-05-01", None)]


def test_terms_that_came_while_merchants_were_built_beside_are_known_once_they_serve(
    own_v2: Settings,
) -> None:
    owner = engine(own_v2.v2_owner_dsn)
    with psycopg.connect(own_v2.v2_owner_dsn) as v2:
        v2.execute(MERCHANT, ("M1", "a", 2, 500, "2026-03-01Z", 1))
    build(owner, ["sp_v2_merchant_master"])
    with psycopg.connect(own_v2.v2_owner_dsn, options=f"-c search_path={SEARCH_PATH}") as beside:
        for cycle, at, lsn in ((2, "2026-03-01Z", 1), (1, "2026-05-01Z", 2)):
            beside.execute(MERCHANT, ("M1", "a", cycle, 500, at, lsn))
    terms = "SELECT cycle_days FROM sp_v2_merchant_terms ORDER BY terms_id"
    assert read(own_v2.v2_dsn, terms) == [(2,)]
    promote(owner, ["sp_v2_merchant_master"], [], [])
    owner.dispose()
    assert read(own_v2.v2_dsn, terms) == [(2,), (1,)]


@pytest.mark.parametrize("table", WRITTEN_BY_V2)
def test_the_stream_writes_nothing_of_what_v2_writes(databases: Settings, table: str) -> None:
    rights = f"""SELECT privilege FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE'])
      AS privilege WHERE has_table_privilege('v2_stream', '{table}', privilege)"""
    # It looks dates up; terms, rates and fees by views.
    looked_up = [("SELECT",)] if table == "sp_v2_settlement_dates" else []
    assert read(databases.v2_dsn, rights) == looked_up


def test_the_api_has_the_rights_that_its_steps_need_and_no_other(databases: Settings) -> None:
    rights = """
      SELECT table_name || ' ' || privilege_type || ' ' || string_agg(column_name, ',' ORDER BY 1)
      FROM information_schema.column_privileges
      WHERE grantee = 'v2_api' AND privilege_type = 'UPDATE'
      GROUP BY table_name, privilege_type"""
    updates = {str(row[0]).split(" ")[0] for row in read(databases.v2_owner_dsn, rights)}
    assert updates == {
        "sp_v2_anomalies",
        "sp_v2_anomaly_mutes",
        "sp_v2_settlement_batches",
        "sp_v2_settlement_items",
        "sp_v2_bank_transfers",
        "sp_v2_idempotency_keys",
    }
    whole = """SELECT table_name, privilege_type FROM information_schema.role_table_grants
      WHERE grantee = 'v2_api' AND table_schema = 'public' ORDER BY 1, 2"""
    assert read(databases.v2_owner_dsn, whole) == [
        ("sp_v2_anomalies", "SELECT"),
        ("sp_v2_anomaly_mutes", "INSERT"),
        ("sp_v2_anomaly_mutes", "SELECT"),
        ("sp_v2_anomaly_mutes", "UPDATE"),
        ("sp_v2_audit_log", "INSERT"),
        ("sp_v2_bank_transfers", "INSERT"),
        ("sp_v2_bank_transfers", "SELECT"),
        ("sp_v2_idempotency_keys", "INSERT"),
        ("sp_v2_idempotency_keys", "SELECT"),
        ("sp_v2_outbox", "INSERT"),
        ("sp_v2_settlement_batches", "SELECT"),
        ("sp_v2_settlement_items", "SELECT"),
    ]
    with (
        psycopg.connect(databases.v2_api_dsn) as api,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        api.execute("UPDATE sp_v2_settlement_batches SET net_paise = 0")
    with (
        psycopg.connect(databases.v2_api_dsn) as api,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        api.execute("UPDATE sp_v2_anomalies SET holds = false")


@pytest.mark.parametrize(
    "table",
    [
        "sp_v2_audit_log",
        "sp_v2_reserve_ledger",
        "sp_v2_calendar_versions",
        "sp_v2_holidays",
        "sp_v2_outbox",
    ],
)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}"])
def test_what_is_only_added_to_is_not_even_changed_by_its_owner(
    databases: Settings, table: str, statement: str
) -> None:
    with (
        psycopg.connect(databases.v2_owner_dsn) as owner,
        pytest.raises(psycopg.errors.RestrictViolation, match=f"{table} is only ever added to"),
    ):
        owner.execute(statement.format(table).encode())
