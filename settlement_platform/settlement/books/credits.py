"""A bank statement against the transfers that were sent: what it confirms is credited."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from settlement_platform.errors import SettlementError
from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.books.ledger import sql
from settlement_platform.settlement.books.steps import Confirmation, Step, take_step
from settlement_platform.settlement.csv_rows import Good, RowError
from settlement_platform.settlement.statements import (
    Match,
    StatementRow,
    Transfer,
    Unmatched,
    match,
    read_statement,
)
from settlement_platform.storage.writing import Connection, writing


@dataclass(frozen=True)
class StatementOutcome:
    """What a statement came to. `credited`, `known`: batches, confirmed now or before."""

    digest: str
    credited: tuple[str, ...]
    known: tuple[str, ...]
    unmatched: tuple[Unmatched, ...]
    refused: tuple[RowError, ...]


def apply_statement(v2_dsn: str, chunks: Iterable[bytes], actor: str) -> StatementOutcome:
    """Credit the batches that a bank statement (CSV) confirms, each in its own transaction.

    The same statement again changes nothing. Raises FileError when it is none.
    """
    reading = read_statement(chunks)
    rows: list[StatementRow] = []
    refused: list[RowError] = []
    for found in reading:
        if isinstance(found, Good):
            rows.append(found.row)
        else:
            refused += found.errors
    with writing(v2_dsn) as v2:
        states = dict(read_transfers(v2))
    matching = match(rows, states)
    credited: list[str] = []
    known: list[str] = []
    unmatched = list(matching.unmatched)
    for one in matching.matches:
        was_credited = states[one.transfer] == "CREDITED"
        try:
            with writing(v2_dsn) as v2:
                take_step(v2, uuid.UUID(one.transfer.batch_id), _credit(one, reading.digest, actor))
        except SettlementError as error:
            unmatched.append(Unmatched(one.row, str(error), (one.transfer.batch_id,)))
        else:
            (known if was_credited else credited).append(one.transfer.batch_id)
    unmatched.sort(key=lambda found: found.row.line)
    return StatementOutcome(
        reading.digest, tuple(credited), tuple(known), tuple(unmatched), tuple(refused)
    )


def read_transfers(v2: Connection) -> Iterable[tuple[Transfer, str]]:
    """What was sent to the bank, credited or not yet, and the state of its batch."""
    return [
        (Transfer(str(batch_id), utr, int(paise), sent_on), state)
        for batch_id, utr, paise, sent_on, state in v2.execute(sql("transfers"))
    ]


def _credit(found: Match, digest: str, actor: str) -> Step:
    return Step(
        Action.CREDIT,
        actor,
        utr=found.transfer.utr,
        value_date=found.row.value_date,
        confirmation=Confirmation(found.how.value, digest, found.row.line),
    )
