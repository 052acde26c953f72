"""The core's consumer of events: one effect each, in any order, and nothing else is touched."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from settlement_platform.contracts.topics import EVENT_TOPICS
from settlement_platform.settlement import announcements
from settlement_platform.simulator.events.effects import Effect, Record, consume, positions
from settlement_platform.simulator.events.told import CREATED, ENDS, RefusedRecordError, told

APPROVED = "settlement.batches.approved"
COMPLETED = "settlement.transfers.completed"
FAILED = "settlement.transfers.failed"
BEGAN = dt.datetime(2026, 3, 4, tzinfo=dt.UTC)
PAYMENT = """
INSERT INTO transactions_to_settle
VALUES (%s, 'M1', 1.00, 'UPI', '2026-03-04', %s, 'SUCCESS', now(), now())
"""


class Core:
    """Three payments of the core, the third of which it has settled itself, and one batch."""

    def __init__(self, core: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.connection = core
        self.batch_id = uuid.uuid4()
        self.names = [f"E-{uuid.uuid4()}" for _ in range(3)]
        self.offset = itertools.count()
        for name, flag in zip(self.names, "001", strict=True):
            core.execute(PAYMENT.encode(), (name, flag))

    def event(self, topic: str, *names: str, at: int = 0) -> Record:
        said = {
            "event_id": str(uuid.uuid4()),
            "occurred_at": (BEGAN + dt.timedelta(seconds=at)).isoformat(),
            "batch_id": str(self.batch_id),
            "transaction_ids": names,
            "not_known_yet": 1,
        }
        headers: dict[str, bytes | None] = {"id": said["event_id"].encode()}  # type: ignore[attr-defined]
        return Record(topic, 0, next(self.offset), headers, json.dumps(said).encode())

    def consume(self, *records: Record) -> list[Effect]:
        return [consume(self.connection, record) for record in records]

    def flags(self) -> str:
        rows = self.connection.execute(
            "SELECT txn_id, is_settled FROM transactions_to_settle WHERE txn_id = ANY(%s)",
            (self.names,),
        ).fetchall()
        flags = dict(rows)
        return "".join(flags[name] for name in self.names)


@pytest.fixture
def core(core_dsn: str) -> Iterator[Core]:
    with psycopg.connect(core_dsn, autocommit=True) as connection:
        yield Core(connection)


def test_the_core_knows_the_topics_that_are_published() -> None:
    assert {CREATED, *ENDS} < {announcements.CREATED, *announcements.TOPICS.values()}
    assert {announcements.CREATED, *announcements.TOPICS.values()} == set(EVENT_TOPICS)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_payments_of_a_credited_batch_are_settled_in_whichever_order_it_is_told(
    core: Core, order: tuple[int, ...]
) -> None:
    first, second, third = core.names
    records = [
        core.event(CREATED, first),
        core.event(CREATED, second, third),
        core.event(APPROVED, at=1),
        core.event(COMPLETED, at=2),
    ]
    core.consume(*(records[number] for number in order))
    assert core.flags() == "111"


def test_a_batch_that_is_not_credited_settles_nothing(core: Core) -> None:
    core.consume(core.event(CREATED, *core.names), core.event(APPROVED), core.event(FAILED, at=1))
    assert core.flags() == "001"


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_transfer_that_failed_after_all_takes_back_what_its_batch_had_set(
    core: Core, newest_first: bool
) -> None:
    ends = [core.event(COMPLETED, at=1), core.event(FAILED, *core.names, at=2)]
    core.consume(core.event(CREATED, *core.names), *(ends[::-1] if newest_first else ends))
    assert core.flags() == "001"


def test_an_event_that_comes_again_has_no_effect(core: Core) -> None:
    created, completed = core.event(CREATED, *core.names), core.event(COMPLETED, at=1)
    assert core.consume(created, completed) == [Effect(0), Effect(2)]
    core.connection.execute(
        "UPDATE transactions_to_settle SET is_settled = '0' WHERE txn_id = %s", (core.names[0],)
    )
    again = Record(COMPLETED, 0, next(core.offset), completed.headers, completed.value)
    assert core.consume(again, core.event(APPROVED, at=2)) == [Effect(0), Effect(0)]
    assert core.flags() == "011"


@pytest.mark.parametrize(
    "value", [None, b"", b"\xff", b"{}", b'{"event_id": "1"}', b"[1]", b"null"]
)
def test_what_is_no_event_is_kept_with_its_reason_and_what_follows_is_read(
    core: Core, value: bytes | None
) -> None:
    partition = uuid.uuid4().int % 10**9
    poison = Record(CREATED, partition, next(core.offset), {}, value)
    effects = core.consume(poison, core.event(CREATED, *core.names), core.event(COMPLETED, at=1))
    assert [effect.refused is None for effect in effects] == [False, True, True]
    assert core.flags() == "111"
    kept = core.connection.execute(
        "SELECT topic, record_offset, reason, value FROM events.refused WHERE partition = %s",
        (partition,),
    ).fetchall()
    assert kept == [(CREATED, poison.offset, effects[0].refused, value)]
    assert positions(core.connection)[CREATED, partition] == poison.offset + 1


def test_a_name_that_postgresql_refuses_is_refused_with_all_of_its_event(core: Core) -> None:
    [effect] = core.consume(core.event(CREATED, core.names[0], "a\0b"))
    assert effect.refused is not None
    core.consume(core.event(COMPLETED, at=1))
    assert core.flags() == "001"


def test_an_event_under_another_events_identity_is_refused(core: Core) -> None:
    record = core.event(COMPLETED)
    with pytest.raises(RefusedRecordError, match="header 'id'"):
        told(record.topic, {"id": str(uuid.uuid4()).encode()}, record.value)
