"""Records that cannot be applied land in the dead letters; good ones go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import psycopg
import pytest
from confluent_kafka import Producer

from settlement_platform.config import Settings
from settlement_platform.contracts.core import TransactionToSettle
from settlement_platform.contracts.topics import captured_topic
from settlement_platform.proof.verify import verify
from settlement_platform.repair.dead_letters import replay_letters
from settlement_platform.streaming.flink_client import FlinkClient
from settlement_platform.streaming.jobs import job_specs

pytestmark = pytest.mark.e2e

TOPIC = captured_topic(TransactionToSettle)
GOOD = 10_000
EACH = 4

OPEN_LETTERS = "SELECT reason, payload FROM sp_v2_dead_letters WHERE state = 'open'"

INSERT_GOOD = """
INSERT INTO transactions_to_settle
SELECT 'GOOD-' || n, 'MERC' || n %% 50, n + 0.25, 'UPI', DATE '2026-10-01', '0', 'SUCCESS',
  TIMESTAMPTZ '2026-10-01 06:00:00.123456Z', TIMESTAMPTZ '2026-10-01 06:00:01Z'
FROM generate_series(1, %s) n"""

ROW = {
    "txn_id": "BAD",
    "merchant_code": "MERC0001",
    "amount": "5000.00",
    "payment_mode": "UPI",
    "txn_date": 20728,
    "is_settled": "0",
    "status": "SUCCESS",
    "created_at": "2026-10-02T06:00:00.000000Z",
    "updated_at": "2026-10-02T06:00:00.000000Z",
}


def envelope(
    row: object, lsn: object = 10**12, op: str = "c", ts_ms: object = 1790000000000
) -> bytes:
    """A change event as Debezium writes it; of a delete (`d`), `row` is what was there before."""
    source = {"version": "3.7.0.Final", "ts_ms": ts_ms, "sequence": None, "lsn": lsn}
    before, after = (row, None) if op == "d" else (None, row)
    return json.dumps(
        {"before": before, "after": after, "source": source, "transaction": None, "op": op}
        | {"ts_ms": 1790000000001},
        separators=(",", ":"),
    ).encode()


def changed(**values: object) -> bytes:
    return envelope({**ROW, **values})


# What is on the topic -> how its reason begins.
POISON: list[tuple[bytes, str]] = [
    (b"\xff\xfe" + changed(), "is not UTF-8"),
    (b"this is not JSON", "is not a JSON object"),
    (changed()[:200], "is not a JSON object"),
    (b"[1, 2]", "is not a JSON object"),
    (b'"text"', "is not a JSON object"),
    (envelope(ROW, op="x"), "op is not"),
    (envelope(None), "has no image"),
    (envelope(ROW, lsn=None), "source has no LSN"),
    (envelope(ROW, lsn="abc"), "source has no LSN"),
    (envelope(ROW, ts_ms=None), "source has no commit time"),
    (changed(txn_id=None), "txn_id"),
    (changed(txn_id=""), "txn_id"),
    (changed(txn_id="with\u0000nul"), "txn_id"),
    (changed(merchant_code=None), "merchant_code"),
    (changed(amount="5000.005"), "amount"),
    (changed(amount="1e3"), "amount"),
    (changed(amount=" 5000.00"), "amount"),
    (changed(amount="-1"), "amount"),
    (changed(amount="10000000000000.00"), "amount"),
    (changed(amount="92233720368547758.08"), "amount"),
    (changed(amount=None), "amount"),
    (changed(amount={"scale": 2}), "amount"),
    (changed(status="MAYBE"), "status"),
    (changed(is_settled="2"), "is_settled"),
    (changed(created_at="2026-02-30T06:00:00Z"), "created_at"),
    (changed(txn_date=-5), "txn_date"),
    (changed(amount="100\n"), "amount"),
    (changed(amount="100\u2028"), "amount"),
]


@pytest.fixture(scope="module", autouse=True)
def dismissed(stack_settings: Settings) -> Iterator[None]:
    """What is left open is dismissed in the end: nobody is to look into it."""
    yield
    with psycopg.connect(stack_settings.v2_owner_dsn) as v2:
        v2.execute("UPDATE sp_v2_dead_letters SET state = 'dismissed'")


def test_a_hundred_bad_records_among_ten_thousand_good_ones(
    stack_settings: Settings, wait_for: Callable[..., None]
) -> None:
    producer = Producer({"bootstrap.servers": stack_settings.kafka})
    with (
        psycopg.connect(stack_settings.core_dsn, autocommit=True) as core,
        psycopg.connect(stack_settings.v2_dsn, autocommit=True) as v2,
    ):
        first = v2.execute("SELECT COUNT(*) FROM sp_v2_dead_letters").fetchone()
        assert first is not None
        core.execute(INSERT_GOOD, (GOOD,))
        for _ in range(EACH):
            for payload, _ in POISON:
                producer.produce(TOPIC, payload)
        producer.flush(30)

        def all_arrived() -> bool:
            counts = v2.execute(
                "SELECT (SELECT COUNT(*) FROM sp_v2_dead_letters),"
                " (SELECT COUNT(*) FROM sp_v2_transactions WHERE transaction_id LIKE 'GOOD-%')"
            ).fetchone()
            return counts is not None and counts >= (first[0] + EACH * len(POISON), GOOD)

        wait_for(all_arrived, "not every record was accounted for")
        letters = v2.execute("SELECT payload, reason, state FROM sp_v2_dead_letters").fetchall()
        found = {(bytes(payload), reason) for payload, reason, _ in letters}
        for payload, beginning in POISON:
            reasons = [reason for body, reason in found if body == payload]
            assert len(reasons) == 1, payload
            assert reasons[0].startswith(beginning), payload
        assert len(letters) == first[0] + EACH * len(POISON)
        assert {state for _, _, state in letters} == {"open"}
        wrong = v2.execute(
            "SELECT COUNT(*) FROM sp_v2_transactions WHERE transaction_id LIKE 'GOOD-%'"
            " AND amount_paise <> SUBSTRING(transaction_id, 6)::bigint * 100 + 25"
        ).fetchone()
        assert wrong == (0,)
        assert v2.execute(
            "SELECT COUNT(*) FROM sp_v2_transactions WHERE transaction_id LIKE 'BAD%'"
        ).fetchone() == (0,)
    with FlinkClient(stack_settings.flink) as flink:
        states = {job.name: job.state for job in flink.jobs() if job.alive}
    assert states == dict.fromkeys(job_specs(), "RUNNING")
    assert verify(stack_settings.core_dsn, stack_settings.v2_dsn).ok


def test_letters_are_put_back_after_a_fix_and_what_is_still_wrong_comes_back(
    stack_settings: Settings, wait_for: Callable[..., None]
) -> None:
    # A rule that has been widened, as it were: what was refused is right now.
    fixed = {**ROW, "txn_id": "LETTER-1", "merchant_code": "LETTER"}
    with psycopg.connect(stack_settings.v2_owner_dsn, autocommit=True) as v2:
        still_wrong = v2.execute(OPEN_LETTERS).fetchall()
        v2.execute(
            "INSERT INTO sp_v2_dead_letters (source_topic, source_partition, source_offset,"
            " reason, payload, produced_at) VALUES (%s, 0, 0, 'too narrow', %s, now())",
            (TOPIC, envelope(fixed)),
        )
        put = replay_letters(stack_settings, print)
        assert put["too narrow"] == 1
        assert put.total() == len(still_wrong) + 1
        arrived = "SELECT status FROM sp_v2_transactions WHERE transaction_id = 'LETTER-1'"
        wait_for(lambda: v2.execute(arrived).fetchone() == ("RECONCILED",), "it is not applied")
        wait_for(
            lambda: len(v2.execute(OPEN_LETTERS).fetchall()) == len(still_wrong),
            "what is still wrong did not come back",
        )
        assert sorted(v2.execute(OPEN_LETTERS).fetchall()) == sorted(still_wrong)
        # It is nowhere in the core.
        producer = Producer({"bootstrap.servers": stack_settings.kafka})
        producer.produce(TOPIC, envelope(fixed, lsn=3 * 10**12, op="d"))
        producer.flush(30)
        gone = f"{arrived} AND deleted_at IS NOT NULL"
        wait_for(lambda: v2.execute(gone).fetchone() is not None, "it is still there")
    assert verify(stack_settings.core_dsn, stack_settings.v2_dsn).ok


def test_what_is_odd_but_right_is_applied(
    stack_settings: Settings, wait_for: Callable[..., None]
) -> None:
    odd = {
        "ODD-1": {"payment_mode": "BNPL"},
        "ODD-2": {"merchant_code": "मर्चेंट 🛒 \u202e rtl"},
        "ODD-3": {"merchant_code": 'quote " and \\ backslash'},
        "ODD-4": {"amount": "0.01"},
        "ODD-5": {"amount": "999999999999.99"},
        "ODD-6": {"created_at": "2024-02-29T18:29:59.999999Z"},
    }
    producer = Producer({"bootstrap.servers": stack_settings.kafka})
    payments = [
        {**ROW, "merchant_code": "ODD", **values, "txn_id": key} for key, values in odd.items()
    ]
    for payment in payments:
        producer.produce(TOPIC, envelope(payment))
    # An older version after a newer one, and the same record twice.
    newer = {**ROW, "txn_id": "ODD-7", "merchant_code": "ODD"}
    for lsn, amount in ((2 * 10**12, "2.00"), (10**12, "1.00"), (2 * 10**12, "2.00")):
        producer.produce(TOPIC, envelope({**newer, "amount": amount}, lsn=lsn))
    producer.flush(30)
    with psycopg.connect(stack_settings.v2_owner_dsn, autocommit=True) as v2:
        query = "SELECT COUNT(*) FROM sp_v2_transactions WHERE transaction_id LIKE 'ODD-%'"
        wait_for(lambda: v2.execute(query).fetchone() == (7,), "odd rows are missing")
        rows = dict(
            v2.execute(
                "SELECT transaction_id, (merchant_id, amount_paise, payment_method)::text"
                " FROM sp_v2_transactions WHERE transaction_id LIKE 'ODD-%'"
            ).fetchall()
        )
        assert "BNPL" in rows["ODD-1"]
        assert "\u202e" in rows["ODD-2"]
        assert rows["ODD-5"].split(",")[1] == "99999999999999"
        assert rows["ODD-7"].split(",")[1] == "200"
        captured = (
            "SELECT captured_count, captured_paise FROM sp_v2_realtime_aggregates"
            " WHERE bucket_grain = 'DAY' AND transaction_date = '2026-10-02'"
            " AND merchant_id = 'ODD' AND payment_method = 'UPI'"
        )
        total = 1 + 99999999999999 + 500000 + 200
        wait_for(
            lambda: v2.execute(captured).fetchone() == (4, total), "the cube counted otherwise"
        )
        # They are nowhere in the core, and whoever reads the topic anew must end equal to it.
        for payment in (*payments, newer):
            producer.produce(TOPIC, envelope(payment, lsn=3 * 10**12, op="d"))
        producer.flush(30)
        gone = f"{query} AND deleted_at IS NOT NULL"
        wait_for(lambda: v2.execute(gone).fetchone() == (7,), "odd rows are still there")
        wait_for(lambda: v2.execute(captured).fetchone() == (0, 0), "the cube counts them still")
