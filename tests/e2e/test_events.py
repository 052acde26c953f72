"""A batch's steps reach the core as events, once, whatever is killed on the way."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from jsonschema import Draft202012Validator

from settlement_platform.config import Settings
from settlement_platform.contracts.core import TransactionToSettle
from settlement_platform.contracts.events import LONGEST_PART, event_schemas
from settlement_platform.contracts.topics import EVENT_TOPICS, captured_topic
from settlement_platform.drills.parts import pid_of
from settlement_platform.errors import DrillError, StorageError
from settlement_platform.settlement.announcements import SCHEMA_VERSION
from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.books.dates import refresh_all, refresh_dates
from settlement_platform.settlement.books.settling import settle_merchant
from settlement_platform.settlement.books.steps import Step, take_step
from settlement_platform.stack.waiting import await_flow
from settlement_platform.storage.writing import writing

if TYPE_CHECKING:
    from conftest import WaitFor

pytestmark = [pytest.mark.e2e, pytest.mark.turn(2)]
BOUND_SECONDS = 240.0
MANY = LONGEST_PART + 1
"""Payments of a batch that is told in two parts."""
FEW = 5
KILLS = int(os.environ.get("SETTLEMENT_TEST_KILLS", "6"))
KILLED = ("core-consumer", "connect", "kafka", "v2-postgres", "core-postgres")
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
CAPTURED = NOW - dt.timedelta(days=7)
MERCHANT = "INSERT INTO merchant_data VALUES (%s, 'Somebody', 'T+1', '5.00', clock_timestamp())"
PAYMENTS = """
INSERT INTO transactions_to_settle
SELECT %(merchant)s || '-' || n, %(merchant)s, 100 + n, 'UPI', %(at)s::date, '0', 'SUCCESS',
  %(at)s, %(at)s
FROM generate_series(1, %(count)s) AS n
"""
SETTLED = (
    "SELECT count(*) FROM transactions_to_settle WHERE merchant_code = %s AND is_settled = '1'"
)
WITH_TERMS = (
    "SELECT count(DISTINCT merchant_id) FROM sp_v2_terms_in_force WHERE merchant_id = ANY(%s)"
)
DUE = """
SELECT count(*) FROM sp_v2_transactions WHERE merchant_id = ANY(%s)
  AND net_paise IS NOT NULL AND expected_settlement_date IS NOT NULL AND status = 'RECONCILED'
"""
STANDING = "SELECT count(*) FROM sp_v2_transactions WHERE settlement_batch_id = %s"
BATCH = """
SELECT batch_id, state FROM sp_v2_settlement_batches WHERE merchant_id = %s
ORDER BY calculated_at DESC LIMIT 1
"""
TOLD = "SELECT id::text FROM sp_v2_outbox WHERE payload->>'merchant_id' = ANY(%s)"
TO_CREDIT = (Action.SUBMIT, Action.APPROVE, Action.SEND, Action.CREDIT)
STATES = ("CALCULATED", "PENDING_APPROVAL", "APPROVED", "SENT", "CREDITED")


class Record(NamedTuple):
    """One record of Kafka."""

    topic: str
    key: str
    headers: dict[str, str]
    value: dict[str, Any]


def read(settings: Settings, *topics: str) -> list[Record]:
    """Every record that is committed on these topics and is JSON, in each topic's order."""
    consumer = Consumer(
        {
            "bootstrap.servers": settings.kafka,
            "group.id": f"test-{uuid.uuid4()}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
        }
    )
    ends = {topic: consumer.get_watermark_offsets(TopicPartition(topic, 0))[1] for topic in topics}
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING) for topic in topics])
    found = []
    while any(
        at.offset < ends[at.topic]
        for at in consumer.position([TopicPartition(topic, 0) for topic in topics])
        if ends[at.topic]
    ):
        for message in consumer.consume(1000, 0.5):
            with suppress(ValueError):
                headers = {name: value.decode() for name, value in message.headers() or []}
                key, value = (message.key() or b"").decode(), json.loads(message.value())
                found.append(Record(message.topic(), key, headers, value))
    consumer.close()
    return found


class Chain:
    """Merchants of the core that are paid by V2."""

    def __init__(self, settings: Settings, wait_for: WaitFor) -> None:
        self.settings, self.wait_for = settings, wait_for

    def core(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.settings.core_dsn, autocommit=True) as core:
            cursor = core.execute(query.encode(), values[0] if values else None)
            return cursor.fetchall() if cursor.description else []

    def v2(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.settings.v2_dsn, autocommit=True) as v2:
            return v2.execute(query.encode(), values[0] if values else None).fetchall()

    def merchants(self, count: int, payments: int) -> list[str]:
        """New ones in the core, each with payments that V2 can settle."""
        names = [f"M-{uuid.uuid4().hex[:8]}" for _ in range(count)]
        for name in names:
            self.core(MERCHANT, (name,))
        self.wait_for(
            lambda: self.v2(WITH_TERMS, (names,)) == [(count,)], "no terms in V2", BOUND_SECONDS
        )
        with writing(self.settings.v2_owner_dsn) as v2:
            refresh_all(v2, NOW.date())
            refresh_dates(v2, CAPTURED.date() - dt.timedelta(days=1), NOW.date())
        for name in names:
            values = {"merchant": name, "at": CAPTURED, "count": payments}
            self.core(PAYMENTS, values)
        self.await_due(names, count * payments)
        return names

    def await_due(self, merchants: list[str], payments: int) -> None:
        """Until V2 can settle so many payments."""
        self.wait_for(
            lambda: self.v2(DUE, (merchants,)) == [(payments,)],
            "the payments cannot be settled",
            BOUND_SECONDS,
        )

    def await_standing(self, batch_id: uuid.UUID, payments: int) -> None:
        """Until V2's payments say that so many stand in a batch.

        Before that they look due, though they are not, and due again when the batch is over.
        """
        self.wait_for(
            lambda: self.v2(STANDING, (batch_id,)) == [(payments,)],
            "the payments do not stand in their batch",
            BOUND_SECONDS,
        )

    def settle(self, merchant: str) -> uuid.UUID:
        with writing(self.settings.v2_owner_dsn) as v2:
            settle_merchant(v2, merchant, NOW.date(), "a test")
        [(batch_id, _)] = self.v2(BATCH, (merchant,))
        return uuid.UUID(str(batch_id))

    def step(self, batch_id: uuid.UUID, *actions: Action) -> None:
        for action in actions:
            more: dict[str, Any] = {}
            if action is Action.CREDIT:
                more = {"utr": f"UTR{batch_id.hex[:12].upper()}", "value_date": NOW.date()}
            elif action in (Action.CANCEL, Action.FAIL):
                more = {"reason": "a test"}
            with writing(self.settings.v2_owner_dsn) as v2:
                take_step(v2, batch_id, Step(action, "a test", **more))

    def pay_out(self, merchant: str) -> bool:
        """What of the way to a credit is left; whether it is over. V2 may be away."""
        with suppress(psycopg.Error, StorageError):
            batch_id = self.settle(merchant)
            [(_, state)] = self.v2(BATCH, (merchant,))
            self.step(batch_id, *TO_CREDIT[STATES.index(state) :])
            return True
        return False

    def kill(self, name: str) -> None:
        # One that was killed before may not be back yet.
        with suppress(DrillError, ProcessLookupError):
            os.kill(pid_of(self.settings, name), signal.SIGKILL)
            print(f"kill -9 {name}")

    def settled(self, merchant: str) -> int:
        """Payments that the core says are settled; -1 while it is away."""
        with suppress(psycopg.Error):
            return int(self.core(SETTLED, (merchant,))[0][0])
        return -1

    def events(self, *merchants: str) -> list[Record]:
        return [
            record
            for record in read(self.settings, *EVENT_TOPICS)
            if record.value.get("merchant_id") in merchants
        ]


@pytest.fixture
def chain(stack_settings: Settings, wait_for: WaitFor) -> Iterator[Chain]:
    return Chain(stack_settings, wait_for)


def test_the_core_hears_of_every_step_and_settles_what_the_bank_credited(
    chain: Chain, wait_for: WaitFor
) -> None:
    [merchant] = chain.merchants(1, MANY)
    cancelled = chain.settle(merchant)
    chain.await_standing(cancelled, MANY)
    chain.step(cancelled, Action.CANCEL)
    chain.await_due([merchant], MANY)
    failed = chain.settle(merchant)
    chain.await_standing(failed, MANY)
    chain.step(failed, Action.SUBMIT, Action.APPROVE, Action.SEND, Action.FAIL)
    chain.await_due([merchant], MANY)
    paid = chain.settle(merchant)
    chain.step(paid, *TO_CREDIT[:-1])
    wait_for(
        lambda: len(chain.events(merchant)) == 12,
        lambda: f"not 12 events: {[event[:2] for event in chain.events(merchant)]}",
        BOUND_SECONDS,
    )
    assert chain.settled(merchant) == 0
    versions = (
        "SELECT max(source_lsn), min(source_lsn) FROM sp_v2_transactions WHERE merchant_id = %s"
    )
    [(newest, _)] = chain.v2(versions, (merchant,))
    began = time.monotonic()
    chain.step(paid, Action.CREDIT)
    wait_for(lambda: chain.settled(merchant) == MANY, "the core does not follow", BOUND_SECONDS)
    print(f"credited -> {MANY} payments settled in the core: {time.monotonic() - began:.3f} s")

    events = chain.events(merchant)
    assert Counter((event.topic.removeprefix("settlement."), event.key) for event in events) == {
        **{("batches.created", str(batch)): 2 for batch in (cancelled, failed, paid)},
        **{("batches.approved", str(batch)): 1 for batch in (failed, paid)},
        ("batches.cancelled", str(cancelled)): 2,
        ("transfers.failed", str(failed)): 2,
        ("transfers.completed", str(paid)): 1,
    }
    for event in events:
        Draft202012Validator(event_schemas()[event.topic][SCHEMA_VERSION]).validate(event.value)
        assert event.key == event.value["batch_id"]
        assert event.headers.keys() == {"id", "time", "schema_version"}
        assert event.headers["id"] == event.value["event_id"]
        assert event.headers["schema_version"] == str(SCHEMA_VERSION)
        at, said = event.headers["time"], event.value["occurred_at"]
        assert dt.datetime.fromisoformat(at) == dt.datetime.fromisoformat(said)

    # The core's change comes back, and the circle ends.
    wait_for(
        lambda: chain.v2(versions, (merchant,))[0][1] > newest, "V2 does not follow", BOUND_SECONDS
    )
    standing = (
        "SELECT DISTINCT status, settlement_batch_id FROM sp_v2_transactions WHERE merchant_id = %s"
    )
    assert chain.v2(standing, (merchant,)) == [("SETTLED", paid)]
    assert len(chain.events(merchant)) == len(chain.v2(TOLD, ([merchant],))) == len(events)

    # The same event once more, and what is none: no effect, and what comes after is read.
    chain.core(
        "UPDATE transactions_to_settle SET is_settled = '0' WHERE txn_id = %s", (f"{merchant}-1",)
    )
    [completed] = [event for event in events if event.topic.endswith("completed")]
    producer = Producer({"bootstrap.servers": chain.settings.kafka})
    for value in (json.dumps(completed.value), "no JSON"):
        producer.produce(completed.topic, value, completed.key, headers=completed.headers)
    producer.flush(30)
    refused = "SELECT reason FROM events.refused WHERE topic = %s AND value = 'no JSON'"
    wait_for(
        lambda: chain.core(refused, (completed.topic,)) != [], "it is not refused", BOUND_SECONDS
    )
    assert chain.settled(merchant) == MANY - 1


def test_no_event_is_lost_and_each_has_one_effect_whatever_is_killed(
    chain: Chain, wait_for: WaitFor
) -> None:
    drawn = random.Random(int(os.environ.get("SETTLEMENT_TEST_SEED", "1")))
    merchants = chain.merchants(KILLS, FEW)
    began = time.monotonic()
    for merchant in merchants:
        name, moment = drawn.choice(KILLED), drawn.uniform(0, 1.5)
        timer = threading.Timer(moment, chain.kill, (name,))
        timer.start()
        wait_for(lambda m=merchant: chain.pay_out(m), "V2 takes no step", BOUND_SECONDS)
        timer.join()
    await_flow(chain.settings, lambda _: None)
    for merchant in merchants:
        wait_for(
            lambda m=merchant: chain.settled(m) == FEW, "the core missed an event", BOUND_SECONDS
        )
    print(f"{KILLS} kills, all consumed after {time.monotonic() - began:.1f} s")

    told = {row[0] for row in chain.v2(TOLD, (merchants,))}
    published = [event.headers["id"] for event in chain.events(*merchants)]
    print(f"{len(told)} events, {len(published) - len(told)} of them published again")
    assert set(published) == told
    wait_for(
        lambda: (
            chain.core(
                "SELECT count(*) FROM events.consumed WHERE event_id = ANY(%s::uuid[])",
                (list(told),),
            )
            == [(len(told),)]
        ),
        "the core has not consumed every event",
        BOUND_SECONDS,
    )
    paid = {f"{merchant}-{n}" for merchant in merchants for n in range(1, FEW + 1)}

    def flips() -> Counter[str]:
        return Counter(
            change.value["after"]["txn_id"]
            for change in read(chain.settings, captured_topic(TransactionToSettle))
            if change.value["op"] == "u" and change.value["after"]["txn_id"] in paid
        )

    wait_for(lambda: flips().keys() == paid, "the core's changes do not come", BOUND_SECONDS)
    assert set(flips().values()) == {1}
