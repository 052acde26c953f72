"""What a record of settlement tells the core. Pure.

Read by the published JSON Schemas' words: fields that the core does not know are ignored.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import AwareDatetime, BaseModel, ValidationError

from settlement_platform.contracts.topics import EVENT_ID_HEADER

CREATED = "settlement.batches.created"
ENDS = {
    "settlement.transfers.completed": True,
    "settlement.transfers.failed": False,
    "settlement.batches.cancelled": False,
}
"""Topics that tell how a batch's payout ended, and whether it was paid."""


class RefusedRecordError(Exception):
    """A record that is no event; its reason is for people."""


class _Value(BaseModel):
    event_id: uuid.UUID
    occurred_at: AwareDatetime
    batch_id: uuid.UUID


class _Created(_Value):
    transaction_ids: list[str]


@dataclass(frozen=True)
class Told:
    """One event: the payments that it says are in the batch, and how the payout ended, if it did.

    The same events in any order say the same.
    """

    event_id: uuid.UUID
    topic: str
    batch_id: uuid.UUID
    occurred_at: dt.datetime
    transaction_ids: tuple[str, ...] = ()
    is_paid: bool | None = None


def told(topic: str, headers: Mapping[str, bytes | None], value: bytes | None) -> Told:
    """What a record says. Raises RefusedRecordError."""
    model = _Created if topic == CREATED else _Value
    try:
        said = model.model_validate_json(value or b"")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        at = ".".join(map(str, first["loc"])) or "value"
        raise RefusedRecordError(f"{at}: {first['msg']}") from None
    header = headers.get(EVENT_ID_HEADER) or b""
    if header != str(said.event_id).encode():
        raise RefusedRecordError("the header 'id' is not the event's id")
    names = tuple(said.transaction_ids) if isinstance(said, _Created) else ()
    return Told(
        said.event_id, topic, said.batch_id, said.occurred_at, names, is_paid=ENDS.get(topic)
    )
