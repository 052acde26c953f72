"""Dead letters, put back on their topics after a fix: byte for byte, in their order.

A record that was in the way is read again behind what came since; its LSN says where it belongs, so
that it changes nothing that is newer. One that still cannot be applied comes back as a new letter.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from psycopg.rows import class_row

from settlement_platform.config import Settings
from settlement_platform.contracts.core import CAPTURED_TABLES
from settlement_platform.contracts.scalars import Base, CoreBase
from settlement_platform.contracts.topics import V2_CAPTURED_TABLES, captured_topic
from settlement_platform.proof.telling import Tell
from settlement_platform.repair.records import TopicRecord, as_written, write_records
from settlement_platform.storage.sql_files import statements
from settlement_platform.storage.writing import Connection, writing

AT_ONCE = 1_000
_sql = statements(Path(__file__).parent / "sql")
_TABLES: tuple[type[Base | CoreBase], ...] = (*CAPTURED_TABLES, *V2_CAPTURED_TABLES)
_KEY_COLUMNS = {
    captured_topic(table): [column.name for column in table.__mapper__.primary_key]
    for table in _TABLES
}


@dataclass(frozen=True)
class Letter:
    """A record that could not be applied: where it was read, why, and its value."""

    topic: str
    partition: int
    offset: int
    reason: str
    payload: bytes | None


def key_of(letter: Letter) -> bytes | None:
    """The key as the connector writes it; None where the value does not tell it. Pure."""
    try:
        event = json.loads(letter.payload or b"")
        row = event["after"] or event["before"]
        key = {column: row[column] for column in _KEY_COLUMNS[letter.topic]}
    except (ValueError, TypeError, KeyError):
        return None
    return as_written(key)


def again(letter: Letter) -> TopicRecord:
    """The record once more, on the partition that it was read from. Pure."""
    return TopicRecord(letter.topic, key_of(letter), letter.payload, letter.partition)


def replay_letters(settings: Settings, tell: Tell) -> Counter[str]:
    """Put every dead letter that is open by now back on its topic, and mark it as replayed.

    Returns how many there were, by reason. Interrupted, it may write some again: they change
    nothing. Raises CaptureError or StorageError.
    """
    put: Counter[str] = Counter()
    with writing(settings.v2_owner_dsn) as v2:
        before = v2.execute("SELECT clock_timestamp()").fetchone()
        assert before is not None
        while letters := _open(v2, {"before": before[0], "most": AT_ONCE}):
            write_records(settings.kafka, map(again, letters))
            topics, partitions, offsets = zip(
                *((one.topic, one.partition, one.offset) for one in letters), strict=True
            )
            scope = {"topics": topics, "partitions": partitions, "offsets": offsets}
            v2.execute(_sql("v2_letters_replayed"), {name: [*at] for name, at in scope.items()})
            v2.commit()
            put.update(one.reason for one in letters)
            tell(f"{put.total():,} dead letters are on their topics again")
    return put


def _open(v2: Connection, scope: dict[str, object]) -> list[Letter]:
    with v2.cursor(row_factory=class_row(Letter)) as cursor:
        return cursor.execute(_sql("v2_open_letters"), scope).fetchall()
