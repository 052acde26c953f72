"""Which transactions were computed by what is in force no more, and the request to do it again."""

from __future__ import annotations

from settlement_platform.settlement.books.ledger import sql
from settlement_platform.storage.writing import Connection

LOOKUP_SECONDS = 7.0
"""Longer than the stream keeps what it looked up: a change before then is what it computes by."""
WINDOW_SECONDS = 40.0
"""For so long after a change is it looked for what the stream had computed before it knew."""
AGAIN_SECONDS = 15.0
"""So long is waited for a restatement before it is asked for again."""
MOST_ROWS = 20_000
LONGEST_CAUSE = 256


def ask_for_restatements(v2: Connection, cut_off_seconds: int, everything: bool) -> int:
    """Ask for each transaction that is out of date to be computed again; how many those are.

    Of those that stand in a live batch a correction is listed and changes no money.
    Looks at what changed a moment ago, or at `everything`. `cut_off_seconds`: the last second of a
    day that a capture counts for.
    """
    wanted = {
        "everything": everything,
        "window_seconds": WINDOW_SECONDS,
        "lookup_seconds": LOOKUP_SECONDS,
        "again_seconds": AGAIN_SECONDS,
        "cut_off_seconds": cut_off_seconds,
        "limit_rows": MOST_ROWS,
    }
    found = v2.execute(sql("out_of_date"), wanted).fetchall()
    rows = [(name, reason, printable(cause), batch) for name, reason, cause, batch in found]
    with v2.cursor() as cursor:
        cursor.executemany(sql("insert_restatement"), rows)
    return len(rows)


def printable(cause: str) -> str:
    """A cause as the stream takes it: short, and without control characters. Pure."""
    return "".join(one if one.isprintable() else " " for one in cause)[:LONGEST_CAUSE]
