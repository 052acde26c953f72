"""verify against two real databases: what is equal, what is planted, and what moves."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from settlement_platform.errors import ProofError
from settlement_platform.proof.verify import verify
from settlement_platform.proof.verify_verdict import Difference, Verdict

ROWS = Path(__file__).parent
STAGE_COLUMNS = ", ".join(
    f"{stage}_{unit}"
    for stage in ("attempted", "captured", "reconciled", "settled", "failed")
    for unit in ("count", "paise")
)
CUBE_ROWS = 9
TRANSACTIONS, MERCHANTS, AGGREGATES = (
    "sp_v2_transactions",
    "sp_v2_merchant_master",
    "sp_v2_realtime_aggregates",
)


@dataclass
class Pair:
    """A core and a V2, equal until a test changes one."""

    core_dsn: str
    v2_dsn: str
    core: Callable[..., Any]
    v2: Callable[..., Any]

    def verify(self, **options: Any) -> Verdict:
        """The verdict on the two."""
        return verify(self.core_dsn, self.v2_dsn, **options)


def counts(verdict: Verdict) -> tuple[int, int, int]:
    """Missing, extra, different."""
    return verdict.missing, verdict.extra, verdict.different


def only_example(verdict: Verdict, table: str) -> Difference:
    """The one example of a table."""
    (found,) = (t for t in verdict.tables if t.table == table)
    (example,) = found.examples
    return example


def recent_cube_row(grain: str, start_at: dt.datetime, date: dt.date) -> tuple[object, ...]:
    """The bucket of the one recent payment of 7.77, captured."""
    stages = (1, 777, 1, 777, 1, 777, 0, 0, 0, 0)
    return (grain, start_at, date, "m1", "WALLET", "SABPAISA_STREAM", *stages, 1, 1, start_at)


def add_recent(pair: Pair) -> None:
    """A payment of ten minutes ago, which stands in a MINUTE bucket too."""
    now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    local = now + dt.timedelta(hours=5, minutes=30)
    day_at = dt.datetime.combine(local.date(), dt.time(), dt.UTC) - dt.timedelta(minutes=330)
    hour_at = local.replace(minute=0, second=0, microsecond=0) - dt.timedelta(minutes=330)
    minute_at = now.replace(second=0, microsecond=0)
    pair.core(
        "INSERT INTO transactions_to_settle VALUES"
        " ('R1', 'm1', 7.77, 'WALLET', %s, '0', 'SUCCESS', %s, %s)",
        (local.date(), now, now),
    )
    pair.v2(
        "INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise,"
        " payment_method, transaction_date, source_type, status, created_at, captured_at,"
        " reconciled_at, source_lsn, gateway_lsn, source_committed_at) VALUES ('R1', 'm1', 777,"
        " 'WALLET', %s, 'SABPAISA_STREAM', 'RECONCILED', %s, %s, %s, 1, 0, %s)",
        (local.date(), now, now, now, now),
    )
    for grain, start_at in (("DAY", day_at), ("HOUR", hour_at), ("MINUTE", minute_at)):
        row = recent_cube_row(grain, start_at, local.date())
        pair.v2(
            "INSERT INTO sp_v2_realtime_aggregates (bucket_grain, bucket_start_at,"
            f" transaction_date, merchant_id, payment_method, source_type, {STAGE_COLUMNS},"
            f" source_lsn, source_events, source_committed_at) VALUES ({', '.join(['%s'] * 19)})",
            row,
        )


def empty(pair: Pair) -> None:
    """No row on either side."""
    for table in ("transactions_to_settle", "merchant_data", "payment_gateway_response"):
        pair.core(f"DELETE FROM {table}")
    tables = (TRANSACTIONS, "sp_v2_transaction_history", MERCHANTS, AGGREGATES)
    books = ("sp_v2_settlement_items", "sp_v2_settlement_batches")
    for table in (*tables, *books, "sp_v2_dead_letters", "sp_v2_as_of"):
        pair.v2(f"DELETE FROM {table}")


@pytest.fixture
def pair(core_dsn: str, v2_owner_dsn: str) -> Iterator[Pair]:
    """Both sides filled by hand and equal; V2 says that it is complete for an hour to come."""
    with (
        psycopg.connect(core_dsn, autocommit=True) as core,
        psycopg.connect(v2_owner_dsn, autocommit=True) as v2,
    ):
        both = Pair(core_dsn, v2_owner_dsn, core.execute, v2.execute)
        empty(both)
        core.execute((ROWS / "verify_core_rows.sql").read_bytes())
        v2.execute((ROWS / "verify_v2_rows.sql").read_bytes())
        add_recent(both)
        v2.execute("INSERT INTO sp_v2_as_of VALUES (1, now() + interval '1 hour', now())")
        yield both
        empty(both)


def test_equal_sides_differ_in_nothing(pair: Pair) -> None:
    verdict = pair.verify()
    assert counts(verdict) == (0, 0, 0), verdict.to_json()
    assert verdict.ok
    assert [(t.table, t.compared) for t in verdict.tables] == [
        (TRANSACTIONS, 12),
        (MERCHANTS, 2),
        (AGGREGATES, CUBE_ROWS),
    ]
    assert verdict.rounds == 1


def test_empty_sides_are_equal(pair: Pair) -> None:
    empty(pair)
    pair.v2("INSERT INTO sp_v2_as_of VALUES (1, now() + interval '1 hour', now())")
    verdict = pair.verify()
    assert verdict.ok
    assert verdict.compared == 0


def test_what_stands_in_a_live_batch_is_settled_whatever_the_core_says(pair: Pair) -> None:
    day = dt.date(2025, 10, 2)
    pair.v2((ROWS / "verify_batch.sql").read_bytes())
    assert counts(pair.verify(date=day)) == (0, 0, 3)
    assert counts(pair.verify(date=dt.date(2025, 10, 3))) == (0, 0, 0)
    found = only_example(pair.verify(), TRANSACTIONS)
    assert found.columns == ("status", "settled_at", "settlement_batch_id")
    pair.v2(
        "UPDATE sp_v2_transactions SET status = 'SETTLED', settled_at = item.settled_at,"
        " settlement_batch_id = batch_id FROM sp_v2_settlement_items AS item"
        " WHERE item.transaction_id = sp_v2_transactions.transaction_id"
    )
    pair.v2(
        "UPDATE sp_v2_realtime_aggregates SET settled_count = 2, settled_paise = 30050"
        " WHERE transaction_date = %s AND payment_method = 'UPI' AND merchant_id = 'm1'",
        (day,),
    )
    assert counts(pair.verify()) == (0, 0, 0)
    pair.v2("UPDATE sp_v2_settlement_items SET item_state = 'RELEASED', released_at = now()")
    assert counts(pair.verify()) == (0, 0, 3)


def test_a_wrong_paisa_is_named_with_its_key_and_both_values(pair: Pair) -> None:
    pair.v2(
        "UPDATE sp_v2_transactions SET amount_paise = 10051, source_lsn = 2"
        " WHERE transaction_id = 'T1'"
    )
    verdict = pair.verify()
    assert counts(verdict) == (0, 0, 1)
    assert only_example(verdict, TRANSACTIONS) == Difference(
        "different", {"transaction_id": "T1"}, ("amount_paise",), ("10050",), ("10051",)
    )
    assert verdict.rounds == 2


def test_a_lost_row_is_missing(pair: Pair) -> None:
    pair.v2("DELETE FROM sp_v2_transactions WHERE transaction_id = 'T3'")
    verdict = pair.verify()
    assert counts(verdict) == (1, 0, 0)
    missing = only_example(verdict, TRANSACTIONS)
    assert (missing.kind, missing.key, missing.v2) == ("missing", {"transaction_id": "T3"}, None)
    assert missing.core is not None
    assert dict(zip(missing.columns, missing.core, strict=True))["failure_code"] == "BANK_DOWN"


def test_a_row_that_only_v2_marks_deleted_is_missing(pair: Pair) -> None:
    pair.v2(
        "UPDATE sp_v2_transactions SET deleted_at = now(), source_lsn = 2"
        " WHERE transaction_id = 'T3'"
    )
    verdict = pair.verify()
    assert counts(verdict) == (1, 0, 0)
    assert only_example(verdict, TRANSACTIONS).key == {"transaction_id": "T3"}


def test_a_ghost_is_extra(pair: Pair) -> None:
    pair.core("DELETE FROM payment_gateway_response WHERE txn_id = 'T3'")
    pair.core("DELETE FROM transactions_to_settle WHERE txn_id = 'T3'")
    verdict = pair.verify()
    assert counts(verdict) == (0, 3, 0)  # the row, and its buckets of the hour and the day
    assert only_example(verdict, TRANSACTIONS).key == {"transaction_id": "T3"}


def test_a_stale_bucket_is_named_with_its_key_and_both_values(pair: Pair) -> None:
    pair.v2(
        "UPDATE sp_v2_realtime_aggregates SET settled_count = 0, settled_paise = 0, source_lsn = 2"
        " WHERE bucket_grain = 'HOUR' AND merchant_id = 'm1' AND payment_method = 'UPI'"
    )
    verdict = pair.verify()
    assert counts(verdict) == (0, 0, 1)
    assert only_example(verdict, AGGREGATES) == Difference(
        "different",
        {
            "bucket_grain": "HOUR",
            "bucket_start_at": "2025-10-01T18:30:00Z",
            "transaction_date": "2025-10-02",
            "merchant_id": "m1",
            "payment_method": "UPI",
            "source_type": "SABPAISA_STREAM",
        },
        ("settled_count", "settled_paise"),
        ("1", "10050"),
        ("0", "0"),
    )


def test_a_wrong_merchant_is_named_with_its_key_and_both_values(pair: Pair) -> None:
    pair.core("UPDATE merchant_data SET rolling_reserve_percentage = 5.26 WHERE merchant_id = 'm1'")
    verdict = pair.verify()
    assert counts(verdict) == (0, 0, 1)
    assert only_example(verdict, MERCHANTS) == Difference(
        "different", {"merchant_id": "m1"}, ("rolling_reserve_bps",), ("526",), ("525",)
    )


def test_what_only_the_core_holds_after_a_loss_of_all_is_missing(pair: Pair) -> None:
    for table in (TRANSACTIONS, MERCHANTS, AGGREGATES):
        pair.v2(f"DELETE FROM {table}")
    assert counts(pair.verify()) == (12 + 2 + CUBE_ROWS, 0, 0)


def test_a_truncated_core_is_seen(pair: Pair) -> None:
    for table in ("transactions_to_settle", "merchant_data", "payment_gateway_response"):
        pair.core(f"DELETE FROM {table}")
    assert counts(pair.verify()) == (0, 12 + 2 + CUBE_ROWS, 0)


def test_a_record_in_the_dead_letters_is_missing_and_counted_beside(pair: Pair) -> None:
    pair.core(
        "INSERT INTO transactions_to_settle VALUES ('T0', 'm1', 1, 'UPI', '2025-10-02', '0',"
        " 'REFUNDED', '2025-10-02T01:00Z', '2025-10-02T01:00Z')"
    )
    pair.v2(
        "INSERT INTO sp_v2_dead_letters (source_topic, source_partition, source_offset, reason,"
        " produced_at) VALUES ('t', 0, 7, 'unknown status', now())"
    )
    verdict = pair.verify()
    assert only_example(verdict, TRANSACTIONS).kind == "missing"
    assert verdict.open_dead_letters == 1


def test_a_date_restricts_transactions_and_aggregates(pair: Pair) -> None:
    pair.v2("DELETE FROM sp_v2_transactions WHERE transaction_id = 'T1'")
    pair.v2("DELETE FROM sp_v2_realtime_aggregates WHERE transaction_date = '2025-10-02'")
    assert pair.verify(date=dt.date(2025, 10, 3)).ok
    assert counts(pair.verify(date=dt.date(2025, 10, 2))) == (5, 0, 0)


def test_a_row_under_another_date_is_one_difference(pair: Pair) -> None:
    pair.v2(
        "UPDATE sp_v2_transactions SET transaction_date = '2025-10-03', source_lsn = 2"
        " WHERE transaction_id = 'T1'"
    )
    verdict = pair.verify()
    assert counts(verdict) == (0, 0, 1)
    assert only_example(verdict, TRANSACTIONS).columns == ("transaction_date",)


def test_a_minute_that_v2_may_have_let_go_is_left_out(pair: Pair) -> None:
    pair.v2(
        "UPDATE sp_v2_realtime_aggregates SET bucket_start_at = now() - interval '47 hours 2"
        " minutes', source_lsn = 2 WHERE bucket_grain = 'MINUTE'"
    )
    assert counts(pair.verify()) == (1, 0, 0)  # the recent minute itself


def test_a_row_that_moved_on_between_the_reads_is_no_difference(pair: Pair) -> None:
    pair.core("UPDATE merchant_data SET merchant_name = 'New name' WHERE merchant_id = 'm1'")

    def catch_up(message: str) -> None:
        if message.startswith("round 2"):
            pair.v2(
                "UPDATE sp_v2_merchant_master SET merchant_name = 'New name', source_lsn = 2"
                " WHERE merchant_id = 'm1'"
            )

    verdict = pair.verify(on_progress=catch_up)
    assert verdict.ok
    assert verdict.rounds == 2


def test_a_v2_that_does_not_catch_up_is_an_error_that_says_how_far_it_is(pair: Pair) -> None:
    pair.v2("DELETE FROM sp_v2_as_of")
    with pytest.raises(ProofError, match="nothing has ever told") as unknown:
        pair.verify(limit_seconds=0.1)
    assert "settlement status" in unknown.value.remedy
    pair.v2("INSERT INTO sp_v2_as_of VALUES (1, '2025-10-02T00:00:00Z', now())")
    with pytest.raises(ProofError, match=r"as of 2025-10-02T00:00:00\+00:00, \d+\.\d s old"):
        pair.verify(limit_seconds=0.1)


@pytest.mark.parametrize("side", ["core", "V2"])
def test_a_database_that_cannot_be_reached_is_named(pair: Pair, side: str) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nowhere"
    dsns = (nowhere, pair.v2_dsn) if side == "core" else (pair.core_dsn, nowhere)
    with pytest.raises(ProofError, match=f"{side} could not be read"):
        verify(*dsns)


class Mover(threading.Thread):
    """Raises one payment paisa by paisa; V2 follows, but never the core's newest change."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(daemon=True)
        self.dsns = (pair.core_dsn, pair.v2_dsn)
        self.started, self.ending = threading.Event(), threading.Event()

    def run(self) -> None:
        """Until told to end; V2 is a step behind, and says as of which instant."""
        with (
            psycopg.connect(self.dsns[0], autocommit=True) as core,
            psycopg.connect(self.dsns[1], autocommit=True) as v2,
        ):
            v2.execute("DELETE FROM sp_v2_as_of")
            before = self.step(core)
            while not self.ending.wait(0.02):
                after = self.step(core)
                self.follow(v2, *before)
                before = after
                self.started.set()
            self.follow(v2, *before)

    @staticmethod
    def step(core: psycopg.Connection) -> tuple[int, dt.datetime]:
        """The change's position in the log, and an instant after it."""
        core.execute("UPDATE transactions_to_settle SET amount = amount + 0.01 WHERE txn_id = 'T2'")
        (moment,) = core.execute(
            "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint, clock_timestamp()"
        ).fetchall()
        return moment

    @staticmethod
    def follow(v2: psycopg.Connection, lsn: int, core_at: dt.datetime) -> None:
        """Bring one step into V2."""
        v2.execute(
            "UPDATE sp_v2_transactions SET amount_paise = amount_paise + 1, source_lsn = %s"
            " WHERE transaction_id = 'T2'",
            (lsn,),
        )
        v2.execute(
            "UPDATE sp_v2_realtime_aggregates SET attempted_paise = attempted_paise + 1,"
            " captured_paise = captured_paise + 1, reconciled_paise = reconciled_paise + 1,"
            " source_lsn = %s WHERE merchant_id = 'm1' AND payment_method = 'UPI'",
            (lsn,),
        )
        v2.execute(
            "INSERT INTO sp_v2_as_of VALUES (1, %s, now())"
            " ON CONFLICT (as_of_id) DO UPDATE SET as_of = excluded.as_of",
            (core_at,),
        )


@pytest.fixture
def mover(pair: Pair) -> Iterator[Mover]:
    """Traffic in one bucket for as long as the test lasts."""
    thread = Mover(pair)
    thread.start()
    assert thread.started.wait(10)
    yield thread
    thread.ending.set()
    thread.join(10)


def test_a_bucket_that_never_stands_still_is_no_difference(pair: Pair, mover: Mover) -> None:
    verdict = pair.verify()
    assert counts(verdict) == (0, 0, 0), verdict.to_json()


def test_a_bucket_that_never_stands_still_and_is_wrong_is_reported(
    pair: Pair, mover: Mover
) -> None:
    """One paisa too little, although V2 shows each of the core's values sooner or later."""
    pair.v2(
        "UPDATE sp_v2_realtime_aggregates SET attempted_paise = attempted_paise - 1,"
        " captured_paise = captured_paise - 1, reconciled_paise = reconciled_paise - 1"
        " WHERE merchant_id = 'm1' AND payment_method = 'UPI'"
    )
    verdict = pair.verify(limit_seconds=3)
    assert counts(verdict) == (0, 0, 2)
    assert {example.kind for t in verdict.tables for example in t.examples} == {"different"}
