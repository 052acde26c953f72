"""What an event does to the core: once, however often and in whichever order it comes.

An event's effect, its identity and the place in the topic are written in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from settlement_platform.simulator.events.told import RefusedRecordError, Told, told
from settlement_platform.storage.sql_files import statements

sql = statements(Path(__file__).parent / "sql")
Core = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Record:
    """One record of a topic, as it came."""

    topic: str
    partition: int
    offset: int
    headers: dict[str, bytes | None]
    value: bytes | None


@dataclass(frozen=True)
class Effect:
    """What one record did: `changed` payments, or why it was refused."""

    changed: int = 0
    refused: str | None = None


def positions(core: Core) -> dict[tuple[str, int], int]:
    """(topic, partition) -> the offset that is read next."""
    return {(topic, part): offset for topic, part, offset in core.execute(sql("positions"))}


def consume(core: Core, record: Record) -> Effect:
    """Let a record have its effect, unless its event had it before. Raises psycopg.Error."""
    with core.transaction():
        try:
            # What PostgreSQL takes for no text, number or instant is no event either.
            with core.transaction():
                effect = Effect(_apply(core, told(record.topic, record.headers, record.value)))
        except (RefusedRecordError, psycopg.DataError) as error:
            effect = Effect(refused=str(error))
            core.execute(sql("refuse"), vars(record) | {"reason": effect.refused})
        place = {
            "topic": record.topic,
            "partition": record.partition,
            "next_offset": record.offset + 1,
        }
        core.execute(sql("move_position"), place)
    return effect


def _apply(core: Core, event: Told) -> int:
    values = vars(event) | {"transaction_ids": list(event.transaction_ids)}
    if core.execute(sql("claim"), values).fetchone() is None:
        return 0
    if event.transaction_ids:
        core.execute(sql("note_payments"), values)
    if event.is_paid is not None:
        core.execute(sql("note_payout"), values)
    return (
        core.execute(sql("settle"), values).rowcount
        + core.execute(sql("unsettle"), values).rowcount
    )
