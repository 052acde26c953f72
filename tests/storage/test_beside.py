"""Tables that are built beside those that serve are like them, and change places with them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine

from settlement_platform.config import Settings
from settlement_platform.contracts.v2 import STREAMED_TABLES
from settlement_platform.storage.beside import (
    BEFORE,
    BESIDE,
    SEARCH_PATH,
    build,
    drop,
    promote,
    tables_in,
    take_back,
)
from settlement_platform.storage.deployments import Deployment, deployment, forget, write_down
from settlement_platform.storage.engine import engine

TRANSACTIONS, LETTERS = "sp_v2_transactions", "sp_v2_dead_letters"
ANOMALIES = "sp_v2_anomalies"
NAMES = [str(model.__tablename__) for model in STREAMED_TABLES]
NEW, OLD = (
    Deployment("a_job", "v2", None, "file:///new"),
    Deployment("x", "v1", "id", "file:///old"),
)
SHAPE = """
SELECT 'column', column_name || data_type || is_nullable || COALESCE(column_default, '')
FROM information_schema.columns WHERE table_schema = %(schema)s AND table_name = %(name)s
UNION ALL
SELECT 'index', replace(indexdef, %(schema)s || '.', '') FROM pg_indexes
WHERE schemaname = %(schema)s AND tablename = %(name)s
UNION ALL
SELECT 'trigger', replace(pg_get_triggerdef(oid), %(schema)s || '.', '') FROM pg_trigger
WHERE tgrelid = (%(schema)s || '.' || %(name)s)::regclass
UNION ALL
SELECT 'option', unnest(reloptions) FROM pg_class
WHERE oid = (%(schema)s || '.' || %(name)s)::regclass
UNION ALL
SELECT 'right', grantee || privilege_type FROM information_schema.role_table_grants
WHERE table_schema = %(schema)s AND table_name = %(name)s
UNION ALL
SELECT 'right', grantee || privilege_type || column_name
FROM information_schema.role_column_grants
WHERE table_schema = %(schema)s AND table_name = %(name)s
"""
INSERT = """
INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise, payment_method,
  transaction_date, source_type, status, created_at, source_lsn, gateway_lsn, source_committed_at)
VALUES (%s, 'M', %s, 'UPI', '2026-10-02', 'SABPAISA_STREAM', 'PENDING', now(), %s, 0, now())
ON CONFLICT (transaction_id) DO UPDATE SET amount_paise = EXCLUDED.amount_paise,
  source_lsn = EXCLUDED.source_lsn"""

LETTER = """
INSERT INTO sp_v2_dead_letters (source_topic, source_partition, source_offset, reason, produced_at)
VALUES (%s, 0, 1, 'a test', now())"""


@pytest.fixture
def v2(databases: Settings) -> Iterator[Engine]:
    """V2 as its owner; nothing stands beside, and the tables that served at first serve again."""
    owner = engine(databases.v2_owner_dsn)
    drop(owner)
    yield owner
    drop(owner)
    owner.dispose()


def ask(settings: Settings, query: str, *values: object, beside: bool = False) -> list[object]:
    path = SEARCH_PATH if beside else "public"
    with psycopg.connect(settings.v2_owner_dsn, options=f"-c search_path={path}") as connection:
        found = connection.execute(query.encode(), values)
        return [row[0] for row in found.fetchall()] if found.description else []


@pytest.mark.parametrize("name", NAMES)
def test_a_table_beside_is_like_the_one_that_serves(
    databases: Settings, v2: Engine, name: str
) -> None:
    build(v2, [name])
    with psycopg.connect(databases.v2_owner_dsn) as connection:
        serving, aside = (
            sorted(connection.execute(SHAPE, {"schema": schema, "name": name}).fetchall())
            for schema in ("public", BESIDE)
        )
    assert {kind for kind, _ in serving} >= {"column", "index", "right"}
    assert aside == serving


def test_what_is_built_again_stays_as_it_is(databases: Settings, v2: Engine) -> None:
    build(v2, [TRANSACTIONS])
    ask(databases, INSERT, "kept", 1, 1, beside=True)
    build(v2, [TRANSACTIONS])
    assert ask(databases, f"SELECT transaction_id FROM {BESIDE}.{TRANSACTIONS}") == ["kept"]


def test_versions_beside_write_no_history_and_those_that_serve_do(
    databases: Settings, v2: Engine
) -> None:
    history = "SELECT count(*) FROM sp_v2_transaction_history WHERE transaction_id = %s"
    key = str(uuid.uuid4())
    build(v2, [TRANSACTIONS])
    for lsn in (10, 11, 5):
        ask(databases, INSERT, key, lsn, lsn, beside=True)
    amount = f"SELECT amount_paise FROM {BESIDE}.{TRANSACTIONS} WHERE transaction_id = %s"
    assert ask(databases, amount, key) == [11]
    assert ask(databases, history, key) == [0]
    for lsn in (10, 11):
        ask(databases, INSERT, key, lsn, lsn)
    assert ask(databases, history, key) == [1]


def test_places_are_changed_with_what_v2_owns_and_changed_back(
    databases: Settings, v2: Engine
) -> None:
    key, both = str(uuid.uuid4()), [TRANSACTIONS, LETTERS]
    amount = f"SELECT amount_paise FROM {TRANSACTIONS} WHERE transaction_id = %s"
    owned = f"SELECT state FROM {LETTERS} WHERE source_topic = %s"
    ask(databases, INSERT, key, 1, 10)
    ask(databases, LETTER, key)
    ask(databases, f"UPDATE {LETTERS} SET state = 'dismissed' WHERE source_topic = %s", key)
    build(v2, both)
    ask(databases, INSERT, key, 2, 10, beside=True)
    ask(databases, LETTER, key, beside=True)
    write_down(v2, Deployment("a_job-beside", "v2", "id", None))
    promote(v2, both, [NEW, OLD], ["a_job-beside"])
    assert (ask(databases, amount, key), ask(databases, owned, key)) == ([2], ["dismissed"])
    assert tables_in(v2, BESIDE) == set()
    assert (deployment(v2, "a_job"), deployment(v2, "x")) == (NEW, OLD)
    assert deployment(v2, "a_job-beside") is None
    take_back(v2, [TRANSACTIONS], Deployment("a_job-beside", "v1", None, "file:///old"))
    build(v2, [TRANSACTIONS])
    promote(v2, [TRANSACTIONS], [], ["a_job-beside"])
    assert ask(databases, amount, key) == [1]
    assert TRANSACTIONS in tables_in(v2, BEFORE)
    for name in ("a_job", "x"):
        forget(v2, name)


def test_a_finding_that_is_found_again_is_the_same_one(databases: Settings, v2: Engine) -> None:
    finding = (
        f"INSERT INTO {ANOMALIES} VALUES ('fee_mismatch', %s, '2026-01-01Z', '2026-01-02Z', 'M',"
        " true, 'paise', 2, 1, 100, '{}', 1, 1, '2026-01-01Z')"
    )
    known = f"SELECT anomaly_id || state || raised_at FROM {ANOMALIES} WHERE subject = %s"
    still_open, seen_to = str(uuid.uuid4()), str(uuid.uuid4())
    for subject in (still_open, seen_to):
        ask(databases, finding, subject)
    ask(databases, f"UPDATE {ANOMALIES} SET state = 'ACKNOWLEDGED' WHERE subject = %s", seen_to)
    before = [ask(databases, known, subject) for subject in (still_open, seen_to)]
    build(v2, [ANOMALIES])
    for subject in (still_open, seen_to):
        ask(databases, finding, subject, beside=True)
    promote(v2, [ANOMALIES], [], [])
    assert [ask(databases, known, subject) for subject in (still_open, seen_to)] == before
    ask(databases, f"DELETE FROM {ANOMALIES}")
