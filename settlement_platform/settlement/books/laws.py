"""The laws of settled money, asked of V2's rows as a whole: every breach of them."""

from __future__ import annotations

from settlement_platform.settlement.books.ledger import sql
from settlement_platform.settlement.conservation import Breach
from settlement_platform.storage.writing import Connection

CONSERVATION = "settled_money_is_accounted_for"
ONE_BATCH = "nothing_stands_in_two_batches"
LAWS = (CONSERVATION, ONE_BATCH)
"""Names of statements of sql/, each with a row a breach: law, subject, expected, actual."""


def breaches(v2: Connection, law: str) -> list[Breach]:
    """Where one of LAWS does not hold. An empty answer: it holds."""
    return [
        Breach(said, subject, int(expected), int(actual))
        for said, subject, expected, actual in v2.execute(sql(law))
    ]
