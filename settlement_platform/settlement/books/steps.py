"""Steps of a batch, each in one transaction with its event, its actor and its time.

The same step asked for twice happens once: by the state that the batch is in, and by the key of the
request.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import sql as composing
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from settlement_platform.contracts.records import BATCH
from settlement_platform.contracts.scalars import business_date
from settlement_platform.errors import SettlementError
from settlement_platform.settlement.announcements import Subject, approved, completed, undone
from settlement_platform.settlement.batch_states import Action, State, step
from settlement_platform.settlement.books.ledger import audit, lock_merchant, publish, sql
from settlement_platform.storage.writing import Connection

COLUMNS = {
    Action.SUBMIT: "submitted",
    Action.APPROVE: "approved",
    Action.SEND: "sent",
    Action.CREDIT: "credited",
    Action.FAIL: "failed",
    Action.CANCEL: "cancelled",
}
"""What the columns of each step's time and actor begin with."""
BY_PERSON = "PERSON"


class UnknownBatchError(SettlementError):
    """There is no such batch."""

    def __init__(self, batch_id: uuid.UUID) -> None:
        super().__init__(f"there is no batch {batch_id}", "look it up with GET /batches")


class StepConflictError(SettlementError):
    """A step that says something else than what is known, or lacks what it needs."""


class KeyReusedError(SettlementError):
    """One idempotency key for two different requests."""

    def __init__(self) -> None:
        super().__init__(
            "this Idempotency-Key came with another request before", "give each request its own"
        )


@dataclass(frozen=True)
class Confirmation:
    """What confirmed a credit: a row of a bank statement, or a person."""

    how: str = BY_PERSON
    statement_digest: str | None = None
    statement_line: int | None = None


@dataclass(frozen=True)
class Step:
    """A step that somebody wants to take.

    `reason`: of a batch that failed or is cancelled. `utr`: of one that is sent, if the bank gave
    it, and of one that is credited, unless nothing was to be transferred. `value_date`: when the
    bank credited it.
    """

    action: Action
    actor: str
    reason: str | None = None
    utr: str | None = None
    value_date: dt.date | None = None
    confirmation: Confirmation = Confirmation()


BatchRow = dict[str, Any]
"""A batch with its columns' names, and `value_date` of its transfer."""


def read_batch(v2: Connection, batch_id: uuid.UUID, *, locked: bool = False) -> BatchRow:
    """A batch; locked, nobody else takes a step with it meanwhile. Raises UnknownBatchError."""
    with v2.cursor(row_factory=dict_row) as cursor:
        if locked:
            found = cursor.execute(sql("batch_merchant"), [batch_id]).fetchone()
            if found is not None:
                lock_merchant(v2, found["merchant_id"])
        row = cursor.execute(sql("batch"), [batch_id]).fetchone()
    if row is None:
        raise UnknownBatchError(batch_id)
    return row


def take_step(v2: Connection, batch_id: uuid.UUID, wanted: Step) -> BatchRow:
    """Take a step with a batch, in the caller's transaction; the batch after it.

    A step that was taken already, with the same facts, changes nothing. Raises UnknownBatchError,
    IllegalStepError, and StepConflictError.
    """
    batch = read_batch(v2, batch_id, locked=True)
    state = State(batch["state"])
    after = step(state, wanted.action)
    _refuse_contradiction(batch, wanted, taken=after is state)
    if after is state:
        return batch
    columns = COLUMNS[wanted.action]
    statement = composing.SQL(sql("take_step").decode()).format(
        at=composing.Identifier(f"{columns}_at"), by=composing.Identifier(f"{columns}_by")
    )
    utr = wanted.utr if wanted.action is Action.CREDIT else None
    values = {
        "batch_id": batch_id,
        "state": after.value,
        "actor": wanted.actor,
        "reason": wanted.reason,
        "utr": utr,
    }
    row = v2.execute(statement, values).fetchone()
    assert row is not None
    _follow(v2, batch, wanted, row[0])
    said = {"reason": wanted.reason, "utr": wanted.utr, "state_before": state.value}
    audit(v2, wanted.actor, wanted.action.value, (BATCH, batch_id), **said)
    return read_batch(v2, batch_id)


def _refuse_contradiction(batch: BatchRow, wanted: Step, *, taken: bool) -> None:
    """Raise StepConflictError when a step lacks what it needs, or says what is known otherwise."""
    needed: dict[str, object] = {}
    if wanted.action in (Action.FAIL, Action.CANCEL):
        needed["reason"] = wanted.reason
    elif wanted.action is Action.CREDIT:
        needed["value_date"] = wanted.value_date
        if batch["net_paise"]:
            needed["utr"] = wanted.utr
    for name, value in needed.items():
        if not value:
            raise StepConflictError(f"the step '{wanted.action}' lacks its {name}", "give it")
    told: dict[str, object] = {"utr": wanted.utr}
    if taken:
        told |= {"reason": wanted.reason, "value_date": wanted.value_date}
    known = {"utr": batch["transfer_utr"], "reason": batch["reason"]}
    known["value_date"] = batch["value_date"]
    for name, value in told.items():
        if value is not None and (known[name] is not None or taken) and value != known[name]:
            raise StepConflictError(
                f"batch {batch['batch_id']} has another {name}: {known[name]}",
                "the same step with other facts is another step: look at the batch",
            )


def _follow(v2: Connection, batch: BatchRow, wanted: Step, now: dt.datetime) -> None:
    """What a step brings with it: its items, its transfer, its events."""
    batch_id, net_paise = batch["batch_id"], int(batch["net_paise"])
    subject = Subject(batch_id, batch["merchant_id"], batch["cycle_date"], now)
    if wanted.action is Action.APPROVE:
        publish(v2, approved(subject, net_paise))
    elif wanted.action is Action.SEND:
        sent_date = business_date(now)
        v2.execute(sql("insert_transfer"), (batch_id, net_paise, sent_date, wanted.utr))
    elif wanted.action is Action.CREDIT:
        assert wanted.value_date is not None
        v2.execute(sql("credit_items"), {"batch_id": batch_id, "at": now, "utr": wanted.utr})
        values = {"batch_id": batch_id, "utr": wanted.utr, "value_date": wanted.value_date}
        v2.execute(sql("confirm_transfer"), values | vars(wanted.confirmation))
        publish(v2, completed(subject, net_paise, wanted.value_date, wanted.utr))
    elif wanted.action in (Action.FAIL, Action.CANCEL):
        released = v2.execute(sql("release_items"), {"batch_id": batch_id, "at": now})
        names = [row[0] for row in released]
        publish(v2, undone(subject, wanted.action, str(wanted.reason), names))


def once(
    v2: Connection, key: str, request: dict[str, object], act: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Carry out a request under its key, or give the answer that it had before. JSON alone.

    One that fails leaves no key behind. Raises KeyReusedError, and whatever `act` raises.
    """
    text = json.dumps(request, sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if v2.execute(sql("claim_key"), (key, digest)).fetchone() is None:
        row = v2.execute(sql("answer_of_key"), [key]).fetchone()
        assert row is not None
        if row[0] != digest:
            raise KeyReusedError
        return dict(row[1])
    answer = act()
    v2.execute(sql("answer_key"), {"key": key, "answer": Jsonb(answer)})
    return answer
