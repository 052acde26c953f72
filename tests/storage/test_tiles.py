"""The cells of the tiles are what V2's transactions add up to, whatever happens to these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import psycopg
import pytest
from alembic import command

from settlement_platform.config import Settings
from settlement_platform.contracts.tiles import DERIVED_TABLES
from settlement_platform.storage.beside import SEARCH_PATH, build, promote
from settlement_platform.storage.engine import engine
from settlement_platform.storage.migrate import alembic_config, upgrade
from settlement_platform.storage.tiles import CLEAN_AFTER_CHANGES, Fold

PAY = """
INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise, payment_method,
  transaction_date, source_type, status, created_at, captured_at, reconciled_at, failure_code,
  failure_owner, source_lsn, gateway_lsn, source_committed_at)
SELECT 'T' || n, 'M' || n %% 3, n * %(factor)s, 'UPI', '2026-10-02', 'SABPAISA_STREAM',
  CASE WHEN n %% 4 = 0 THEN 'FAILED' ELSE 'RECONCILED' END, at, CASE WHEN n %% 4 > 0 THEN at END,
  CASE WHEN n %% 4 > 0 THEN at END, CASE WHEN n %% 4 = 0 THEN '96' END,
  CASE WHEN n %% 4 = 0 THEN 'system' END, %(lsn)s, 0, at
FROM generate_series(1, 100) AS n, (SELECT timestamptz '2026-10-02 06:00Z' AS at) AS one
ON CONFLICT (transaction_id) DO UPDATE SET
  amount_paise = EXCLUDED.amount_paise, source_lsn = EXCLUDED.source_lsn
"""
SETTLE = """
UPDATE sp_v2_transactions SET status = 'SETTLED', settled_at = captured_at + interval '30 h',
  expected_settlement_date = '2026-10-03', fee_paise = 2, net_paise = amount_paise - 2
WHERE transaction_id LIKE 'T%1' AND captured_at IS NOT NULL
"""
FOLDED = b"""
SELECT sum(attempted_count), sum(captured_paise), sum(settled_count), sum(net_paise)
FROM sp_v2_tile_cells WHERE merchant_id = ''
"""
TOTALS = b"""
SELECT sum(attempted_count), sum(captured_paise), sum(settled_count), sum(net_paise) FROM (
  SELECT * FROM sp_v2_tile_cells UNION ALL SELECT * FROM sp_v2_cells_pending()
) AS cell WHERE merchant_id = ''
"""
WAIT = b"SELECT count(*) FROM sp_v2_tile_changes"
WANTED = b"""
SELECT count(*), sum(amount_paise) FILTER (WHERE captured_at IS NOT NULL), count(settled_at),
  COALESCE(sum(net_paise) FILTER (WHERE settled_at IS NOT NULL), 0)
FROM sp_v2_transactions WHERE deleted_at IS NULL
"""
# Before everything nothing stood in V2: all of now, less all that changed since, is nothing.
LEFT_OVER = """
SELECT count(*) FROM (
  SELECT {keys}, {sums} FROM (
    SELECT * FROM {table}
    UNION ALL SELECT * FROM sp_v2_{name}_pending()
    UNION ALL SELECT * FROM sp_v2_{name}_since('-infinity')
  ) AS both_of_them GROUP BY {keys}
) AS added_up WHERE {is_something}
"""


def left_over(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, object]:
    """By table: how many cells are not what their transactions add up to."""
    found = {}
    for model in DERIVED_TABLES:
        table = model.__table__
        keys = [key.name for key in table.primary_key]
        names = [one.name for one in table.columns if one.name not in keys]
        query = LEFT_OVER.format(
            keys=", ".join(keys),
            sums=", ".join(f"sum({name}) AS {name}" for name in names),
            table=model.__tablename__,
            name=model.__tablename__.removeprefix("sp_v2_tile_"),
            is_something=" OR ".join(f"{name} <> 0" for name in names),
        )
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        found[model.__tablename__] = row[0]
    return found


NONE = {model.__tablename__: 0 for model in DERIVED_TABLES}


@pytest.fixture
def owner(own_v2: Settings) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """An empty V2, as its owner."""
    with psycopg.connect(own_v2.v2_owner_dsn, autocommit=True) as connection:
        yield connection


def test_cells_follow_inserts_corrections_stages_deletes_and_truncation(
    owner: psycopg.Connection[tuple[object, ...]],
) -> None:
    for statement in (
        PAY.encode(),
        SETTLE.encode(),
        b"UPDATE sp_v2_transactions SET merchant_id = 'M9' WHERE transaction_id = 'T1'",
        b"UPDATE sp_v2_transactions SET deleted_at = now() WHERE transaction_id = 'T11'",
        b"DELETE FROM sp_v2_transactions WHERE transaction_id IN ('T21', 'T2', 'T4')",
        b"UPDATE sp_v2_transactions SET settled_at = NULL WHERE transaction_id = 'T31'",
    ):
        owner.execute(statement, {"factor": 100, "lsn": 1} if b"%(lsn)s" in statement else None)
        # As they wait, some of them folded, and all of them.
        for most in (0, 50, 1000):
            owner.execute(b"SELECT sp_v2_fold_tiles('public', %s)", (most,))
            assert left_over(owner) == NONE, statement
            assert owner.execute(TOTALS).fetchone() == owner.execute(WANTED).fetchone(), statement
        assert owner.execute(WAIT).fetchone() == (0,)
        assert owner.execute(FOLDED).fetchone() == owner.execute(WANTED).fetchone(), statement
    owner.execute(b"TRUNCATE sp_v2_transactions")
    for model in DERIVED_TABLES:
        query = f"SELECT count(*) FROM {model.__tablename__}"
        assert owner.execute(query.encode()).fetchone() == (0,)


def test_an_older_version_that_is_refused_changes_no_cell(
    owner: psycopg.Connection[tuple[object, ...]],
) -> None:
    owner.execute(PAY.encode(), {"factor": 100, "lsn": 5})
    before = owner.execute(WAIT).fetchone()
    owner.execute(PAY.encode(), {"factor": 1, "lsn": 4})
    assert owner.execute(WAIT).fetchone() == before
    owner.execute(PAY.encode(), {"factor": 1, "lsn": 6})
    assert owner.execute(TOTALS).fetchone() == owner.execute(WANTED).fetchone()
    assert left_over(owner) == NONE


def test_what_v2_has_is_added_up_when_the_cells_come(
    databases: Settings, new_v2: Callable[[], AbstractContextManager[Settings]]
) -> None:
    name = "before_the_tiles"
    dsn = databases.v2_owner_dsn.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(databases.v2_admin_dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER v2_owner".encode())
        command.upgrade(alembic_config(dsn), "0005")
        with psycopg.connect(dsn) as earlier:
            earlier.execute(PAY.encode(), {"factor": 100, "lsn": 1})
            earlier.execute(SETTLE.encode())
            earlier.execute(b"SELECT sp_v2_build_beside('sp_v2_transactions')")
        upgrade(dsn)
        with psycopg.connect(dsn) as later:
            assert later.execute(TOTALS).fetchone() == later.execute(WANTED).fetchone()
            assert left_over(later) == NONE
            later.execute(f"SET search_path = {SEARCH_PATH}".encode())
            later.execute(PAY.encode(), {"factor": 7, "lsn": 1})
            later.execute(b"SELECT sp_v2_fold_tiles('v2_beside', 1000)")
            assert later.execute(FOLDED).fetchone() == later.execute(WANTED).fetchone()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_cells_built_beside_change_places_with_their_transactions(
    owner: psycopg.Connection[tuple[object, ...]], own_v2: Settings
) -> None:
    v2 = engine(own_v2.v2_owner_dsn)
    owner.execute(PAY.encode(), {"factor": 100, "lsn": 1})
    for factor in (7, 9):
        serving = owner.execute(TOTALS).fetchone()
        build(v2, ["sp_v2_transactions"])
        with psycopg.connect(own_v2.v2_owner_dsn, autocommit=True) as beside:
            beside.execute(f"SET search_path = {SEARCH_PATH}".encode())
            beside.execute(PAY.encode(), {"factor": factor, "lsn": 1})
            # What waits moves with the rest.
            beside.execute(b"SELECT sp_v2_fold_tiles('v2_beside', 30)")
            built = beside.execute(WANTED).fetchone()
        assert owner.execute(TOTALS).fetchone() == serving
        promote(v2, ["sp_v2_transactions"], [], [])
        assert owner.execute(TOTALS).fetchone() == built
        owner.execute(SETTLE.encode())
        assert owner.execute(TOTALS).fetchone() == owner.execute(WANTED).fetchone()
    v2.dispose()


def test_the_stream_writes_transactions_and_may_write_no_cell(own_v2: Settings) -> None:
    dsn = own_v2.v2_dsn.replace("v2_reader", "v2_stream").replace(
        own_v2.secret("v2_reader"), own_v2.secret("v2_stream")
    )
    with psycopg.connect(dsn, autocommit=True) as stream:
        stream.execute(PAY.encode(), {"factor": 100, "lsn": 1})
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stream.execute(b"DELETE FROM sp_v2_tile_changes")
    with psycopg.connect(own_v2.v2_dsn) as reader:
        assert reader.execute(TOTALS).fetchone() == reader.execute(WANTED).fetchone()


def test_the_fold_leaves_nothing_waiting_and_no_dead_rows_behind(
    owner: psycopg.Connection[tuple[object, ...]], own_v2: Settings
) -> None:
    v2 = engine(own_v2.v2_owner_dsn)
    fold, noted = Fold(owner), 0
    build(v2, ["sp_v2_transactions"])
    for lsn in range(1, 2 + CLEAN_AFTER_CHANGES // 200):
        owner.execute(PAY.encode(), {"factor": lsn, "lsn": lsn})
        noted += 100 if lsn == 1 else 200
        if lsn % 3 == 0:
            assert fold.step() > 0
    with psycopg.connect(own_v2.v2_owner_dsn, autocommit=True) as beside:
        beside.execute(f"SET search_path = {SEARCH_PATH}".encode())
        beside.execute(PAY.encode(), {"factor": 3, "lsn": 1})
    assert fold.step() >= 100
    assert fold.step() == 0
    assert noted >= CLEAN_AFTER_CHANGES
    assert owner.execute(FOLDED).fetchone() == owner.execute(WANTED).fetchone()
    size = owner.execute(b"SELECT pg_relation_size('sp_v2_tile_changes')").fetchone()
    owner.execute(PAY.encode(), {"factor": 1, "lsn": 1000})
    assert owner.execute(b"SELECT pg_relation_size('sp_v2_tile_changes')").fetchone() == size
    v2.dispose()
