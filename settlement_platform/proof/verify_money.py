"""Whether the money of V2's transactions is what V2's terms, rates and dates make of it.

What stands in a live batch has the money that it was settled with, whatever was corrected since.

The core knows no fees: what it holds is compared elsewhere, and here V2 with what was agreed in V2,
by a statement that shares nothing with the stream.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence

from settlement_platform.proof.telling import Tell
from settlement_platform.proof.verify_read import Side, guarded
from settlement_platform.proof.verify_tables import SQL_DIR
from settlement_platform.proof.verify_verdict import EXAMPLES_A_TABLE, Difference, TableVerdict

MONEY = "money of transactions"
COLUMNS = (
    "fee_paise",
    "gst_paise",
    "reserve_hold_paise",
    "net_paise",
    "terms_id",
    "fee_rate_id",
    "expected_settlement_date",
    "calendar_version",
)
MOST_ROWS = 100_000
RESTATED_SECONDS = 60.0
"""So long is waited for what is being restated."""
PAUSE_SECONDS = 2.0
Values = tuple[str | None, ...]
_COUNT = "SELECT count(*) FROM sp_v2_transactions WHERE deleted_at IS NULL"


def differing(
    v2: Side, dates: Sequence[dt.date] | None, cut_off_seconds: int
) -> dict[str, tuple[Values, Values]]:
    """Identity -> what the money must be and what it is, where that differs. Raises ProofError."""
    wanted = {
        "dates": None if dates is None else list(dates),
        "cut_off_seconds": cut_off_seconds,
        "limit_rows": MOST_ROWS,
    }
    statement = (SQL_DIR / "verify_money.sql").read_bytes()
    with guarded("v2"):
        rows = v2.connection.execute(statement, wanted)
        return {name: (tuple(must_be), tuple(is_now)) for name, must_be, is_now in rows}


def verify_money(
    v2: Side, dates: Sequence[dt.date] | None, cut_off_seconds: int, tell: Tell
) -> TableVerdict:
    """What differs, and goes on to differ while what changed is restated. Raises ProofError."""
    deadline = time.monotonic() + RESTATED_SECONDS
    found = differing(v2, dates, cut_off_seconds)
    while found and time.monotonic() < deadline:
        tell(f"{MONEY}: {len(found):,} differ, waiting for their restatement")
        time.sleep(PAUSE_SECONDS)
        found = differing(v2, dates, cut_off_seconds)
    return TableVerdict(
        MONEY,
        compared=int(v2.one(_COUNT)),
        missing=0,
        extra=0,
        different=len(found),
        examples=tuple(_difference(*one) for one in list(found.items())[:EXAMPLES_A_TABLE]),
    )


def _difference(name: str, sides: tuple[Values, Values]) -> Difference:
    pairs = zip(COLUMNS, *sides, strict=True)
    columns, must_be, is_now = zip(*(one for one in pairs if one[1] != one[2]), strict=True)
    return Difference("different", {"transaction_id": name}, columns, must_be, is_now)
