"""Whether V2's books keep the laws of settled money: sums, reserve, and one live batch for each.

Each batch is summed up anew from its items, the reserve ledger and the adjustments; the books, in
turn, are written by Python, a merchant at a time.
"""

from __future__ import annotations

from settlement_platform.proof.verify_read import Side, guarded
from settlement_platform.proof.verify_verdict import EXAMPLES_A_TABLE, Difference, TableVerdict
from settlement_platform.settlement.books.laws import LAWS, breaches
from settlement_platform.settlement.conservation import Breach

BOOKS = "books of settlement"
_COUNT = "SELECT count(*) FROM sp_v2_settlement_batches"


def verify_books(v2: Side) -> TableVerdict:
    """The breaches of every law, in one snapshot. Raises ProofError."""
    with guarded("v2"), v2.snapshot():
        found = [one for law in LAWS for one in breaches(v2.connection, law)]
        compared = int(v2.one(_COUNT))
    return TableVerdict(
        BOOKS,
        compared=compared,
        missing=0,
        extra=0,
        different=len(found),
        examples=tuple(_difference(one) for one in found[:EXAMPLES_A_TABLE]),
    )


def _difference(breach: Breach) -> Difference:
    key = {"law": breach.law, "subject": breach.subject}
    return Difference("different", key, ("value",), (str(breach.expected),), (str(breach.actual),))
