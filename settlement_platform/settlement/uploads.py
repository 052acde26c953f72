"""A manual upload of transactions: a CSV file, validated row by row. Pure.

Columns, in any order: transaction_id, merchant_id, amount (rupees), payment_method,
transaction_date (YYYY-MM-DD, the day in Asia/Kolkata of created_at), status (the core's),
created_at (UTC, with Z).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from settlement_platform.contracts.scalars import BUSINESS_ZONE, business_date
from settlement_platform.settlement import field_rules
from settlement_platform.settlement.csv_rows import Format, Reading, RefusedValueError

IDENTITY_BYTES = 16


@dataclass(frozen=True, slots=True)
class UploadedTransaction:
    """One transaction of an upload, in V2's words. Money in paise."""

    transaction_id: str
    merchant_id: str
    amount_paise: int
    payment_method: str
    transaction_date: dt.date
    status: str
    created_at: dt.datetime


RULES = {
    "transaction_id": field_rules.text,
    "merchant_id": field_rules.text,
    "amount": field_rules.paise,
    "payment_method": field_rules.text,
    "transaction_date": field_rules.date,
    "status": field_rules.status,
    "created_at": field_rules.instant,
}


def read_upload(chunks: Iterable[bytes]) -> Reading[UploadedTransaction]:
    """Iterate over it for each row, good or refused; then its counts and digest are complete.

    `chunks`: the file in pieces of any size. Of a row that was read, only 16 bytes are kept, which
    tell whether its transaction stands in the file twice: the second one is refused.
    """
    seen: set[bytes] = set()

    def build(_: int, values: Mapping[str, Any]) -> UploadedTransaction:
        day, created_at = values["transaction_date"], values["created_at"]
        if day != business_date(created_at):
            raise RefusedValueError(
                f"transaction_date is not the day of created_at in {BUSINESS_ZONE}"
            )
        identity = hashlib.blake2b(
            values["transaction_id"].encode(), digest_size=IDENTITY_BYTES
        ).digest()
        if identity in seen:
            raise RefusedValueError(
                "transaction_id stands in the file twice; the first one was taken"
            )
        seen.add(identity)
        return UploadedTransaction(
            transaction_id=values["transaction_id"],
            merchant_id=values["merchant_id"],
            amount_paise=values["amount"],
            payment_method=values["payment_method"],
            transaction_date=day,
            status=values["status"],
            created_at=created_at,
        )

    return Reading(chunks, Format(RULES, build))
