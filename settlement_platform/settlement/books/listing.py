"""Batches as they are looked through: newest cycle first, a page at a time."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from psycopg.rows import dict_row

from settlement_platform.settlement.books.ledger import sql
from settlement_platform.settlement.books.steps import BatchRow
from settlement_platform.storage.writing import Connection


@dataclass(frozen=True)
class Wanted:
    """Which batches; None = any. `after`: the last batch of the page before."""

    merchant_id: str | None = None
    cycle_date: dt.date | None = None
    state: str | None = None
    after: uuid.UUID | None = None
    limit: int = 50


def list_batches(v2: Connection, wanted: Wanted) -> tuple[list[BatchRow], uuid.UUID | None]:
    """A page of batches, and what to go on after; None at the end."""
    asked = {**vars(wanted), "limit": wanted.limit + 1}
    with v2.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql("batches"), asked).fetchall()
    page = rows[: wanted.limit]
    return page, page[-1]["batch_id"] if len(rows) > wanted.limit else None
