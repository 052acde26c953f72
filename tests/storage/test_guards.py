"""V2 refuses older versions, keeps what it replaced, and never loses what it owns."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from alembic.util.exc import CommandError

from settlement_platform.config import Settings
from settlement_platform.storage.migrate import alembic_config, upgrade

Connection = psycopg.Connection[tuple[object, ...]]

UPSERT = """
INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise, payment_method,
  transaction_date, source_type, status, created_at, source_lsn, gateway_lsn, source_committed_at)
VALUES (%s, 'M', %s, 'UPI', '2026-10-02', 'SABPAISA_STREAM', 'PENDING', now(), %s, %s, now())
ON CONFLICT (transaction_id) DO UPDATE SET amount_paise = EXCLUDED.amount_paise,
  source_lsn = EXCLUDED.source_lsn, gateway_lsn = EXCLUDED.gateway_lsn,
  source_committed_at = EXCLUDED.source_committed_at"""
AGGREGATE = """
INSERT INTO sp_v2_realtime_aggregates VALUES ('DAY', '2026-10-01 18:30Z', '2026-10-02', %s, 'UPI',
  'SABPAISA_STREAM', %s, 0, 0, 0, 0, 0, 0, 0, 0, 0, %s, %s, '2026-10-02 06:00Z')
ON CONFLICT ON CONSTRAINT sp_v2_realtime_aggregates_pkey DO UPDATE SET
  attempted_count = EXCLUDED.attempted_count, source_lsn = EXCLUDED.source_lsn,
  source_events = EXCLUDED.source_events"""

LETTER = """
INSERT INTO sp_v2_dead_letters (source_topic, source_partition, source_offset, reason, produced_at)
VALUES (%s, 0, 1, %s, now())
ON CONFLICT ON CONSTRAINT sp_v2_dead_letters_pkey DO UPDATE SET reason = EXCLUDED.reason"""


@pytest.fixture
def stream(databases: Settings) -> Iterator[Connection]:
    """V2 as the stream sees it."""
    dsn = databases.v2_dsn.replace("v2_reader", "v2_stream").replace(
        databases.secret("v2_reader"), databases.secret("v2_stream")
    )
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def one(connection: Connection, query: str, key: str) -> tuple[object, ...] | None:
    return connection.execute(query.encode(), (key,)).fetchone()


AMOUNT = "SELECT amount_paise FROM sp_v2_transactions WHERE transaction_id = %s"
VERSIONS = "SELECT COUNT(*) FROM sp_v2_transaction_history WHERE transaction_id = %s"


def test_an_older_version_of_either_half_is_refused(stream: Connection) -> None:
    key = str(uuid.uuid4())
    stream.execute(UPSERT, (key, 100, 50, 10))
    stream.execute(UPSERT, (key, 1, 49, 10))
    stream.execute(UPSERT, (key, 2, 50, 9))
    stream.execute(UPSERT, (key, 3, 51, 9))
    assert one(stream, AMOUNT, key) == (100,)
    stream.execute(UPSERT, (key, 4, 51, 10))
    assert one(stream, AMOUNT, key) == (4,)


def test_a_version_that_is_older_in_its_restatement_is_refused(stream: Connection) -> None:
    key = str(uuid.uuid4())
    stream.execute(UPSERT, (key, 100, 50, 10))
    restate = "UPDATE sp_v2_transactions SET fee_paise = %s, restated_lsn = %s"
    for fee, lsn in ((5, 70), (6, 69), (7, 0)):
        stream.execute(f"{restate} WHERE transaction_id = %s".encode(), (fee, lsn, key))
    standing = "SELECT fee_paise FROM sp_v2_transactions WHERE transaction_id = %s"
    assert one(stream, standing, key) == (5,)


def test_each_replaced_version_is_kept_once(stream: Connection, databases: Settings) -> None:
    key = str(uuid.uuid4())
    for amount, lsn in ((1, 10), (2, 20), (2, 20), (3, 30)):
        stream.execute(UPSERT, (key, amount, lsn, 0))
    with psycopg.connect(databases.v2_dsn) as reader:
        assert one(reader, VERSIONS, key) is not None
        kept = "SELECT amount_paise, source_lsn FROM sp_v2_transaction_history"
        query = f"{kept} WHERE transaction_id = %s ORDER BY history_id"
        assert reader.execute(query.encode(), (key,)).fetchall()[:2] == [(1, 10), (2, 20)]
        count = one(reader, VERSIONS, key)
    # The repeated version came with a later commit time, which is a change; its content is kept.
    assert count in {(2,), (3,)}


def test_what_v2_owns_survives_the_stream(stream: Connection, databases: Settings) -> None:
    key = str(uuid.uuid4())
    stream.execute(LETTER, (key, "a reason"))
    with psycopg.connect(databases.v2_owner_dsn, autocommit=True) as owner:
        dismiss = "UPDATE sp_v2_dead_letters SET state = 'dismissed' WHERE source_topic = %s"
        owner.execute(dismiss, (key,))
        stream.execute(LETTER, (key, "another"))
        query = "SELECT state, reason FROM sp_v2_dead_letters WHERE source_topic = %s"
        assert one(owner, query, key) == ("dismissed", "another")


def test_the_stream_may_delete_nothing(stream: Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        stream.execute("DELETE FROM sp_v2_transactions")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        stream.execute("INSERT INTO sp_v2_as_of VALUES (1, now(), now())")


def test_a_bucket_does_not_go_back(stream: Connection) -> None:
    merchant = str(uuid.uuid4())
    for count, lsn, events in ((5, 100, 5), (4, 100, 4), (3, 99, 9), (6, 100, 6)):
        stream.execute(AGGREGATE, (merchant, count, lsn, events))
    query = "SELECT attempted_count FROM sp_v2_realtime_aggregates WHERE merchant_id = %s"
    assert one(stream, query, merchant) == (6,)


def test_as_of_never_goes_back(databases: Settings) -> None:
    with psycopg.connect(databases.v2_owner_dsn) as owner:
        owner.execute("DELETE FROM sp_v2_as_of")
        owner.execute("INSERT INTO sp_v2_as_of VALUES (1, '2026-10-02 06:00Z', now())")
        owner.execute("UPDATE sp_v2_as_of SET as_of = '2026-10-02 05:00Z'")
        found = owner.execute("SELECT as_of = '2026-10-02 06:00Z' FROM sp_v2_as_of").fetchone()
        assert found == (True,)
        owner.rollback()


def test_the_migrations_make_exactly_the_contract(databases: Settings) -> None:
    upgrade(databases.v2_owner_dsn)
    try:
        command.check(alembic_config(databases.v2_owner_dsn))
    except CommandError as error:
        pytest.fail(str(error))
