"""What a merchant has beside its payments: a reserve that is held of it, and adjustments."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from settlement_platform.settlement.batches import Adjustment, AdjustmentKind, BatchError
from settlement_platform.settlement.books.ledger import audit, lock_merchant, sql
from settlement_platform.settlement.reserve import Hold, Ledger, Taken
from settlement_platform.storage.writing import Connection


def read_reserve(v2: Connection, merchant_id: str) -> Ledger:
    """A merchant's reserve, by what stands in live batches. Raises ReserveError."""
    holds: list[Hold] = []
    taken: dict[str, list[Taken]] = defaultdict(list)
    for kind, hold_id, for_id, day, paise, state in v2.execute(sql("reserve"), [merchant_id]):
        if kind == "HOLD":
            holds.append(Hold(hold_id, merchant_id, day, paise, state == "CREDITED"))
        else:
            taken[kind].append(Taken(hold_id, for_id, paise))
    return Ledger(merchant_id, tuple(holds), tuple(taken["RELEASE"]), tuple(taken["CONSUME"]))


def read_adjustments(v2: Connection, merchant_id: str) -> list[Adjustment]:
    """A merchant's adjustments, each with what of it is applied."""
    return [
        Adjustment(name, merchant_id, AdjustmentKind(kind), origin, due, paise, int(applied))
        for name, kind, origin, due, paise, applied in v2.execute(sql("adjustments"), [merchant_id])
    ]


def add_adjustment(v2: Connection, adjustment: Adjustment, actor: str) -> bool:
    """Record an adjustment, once; False when it was there. Raises BatchError when it was another.

    A refund or chargeback names a transaction of the merchant, a reversal one of its adjustments.
    """
    lock_merchant(v2, adjustment.merchant_id)
    values = {**vars(adjustment), "kind": adjustment.kind.value, "actor": actor}
    if v2.execute(sql("adjustment_origin"), values).fetchone() is None:
        raise BatchError(
            f"{adjustment.adjustment_id}: {adjustment.merchant_id} has no "
            f"{adjustment.origin_id} that it could be of",
            "name the transaction, or of a reversal the adjustment",
        )
    if v2.execute(sql("insert_adjustment"), values).fetchone() is not None:
        details = {"amount_paise": str(adjustment.amount_paise), "origin_id": adjustment.origin_id}
        audit(v2, actor, "adjust", ("adjustment", adjustment.adjustment_id), **details)
        return True
    if v2.execute(sql("same_adjustment"), values).fetchone() is None:
        raise BatchError(
            f"adjustment {adjustment.adjustment_id} was recorded otherwise",
            "give another adjustment another identity",
        )
    return False


def consume_reserve(
    v2: Connection, merchant_id: str, adjustment_id: str, paise: int, day: dt.date, actor: str
) -> list[Taken]:
    """Pay a part of an adjustment from the reserve, oldest hold first. Raises ReserveError.

    Raises BatchError when the adjustment does not owe so much.
    """
    lock_merchant(v2, merchant_id)
    entries = {entry.adjustment_id: entry for entry in read_adjustments(v2, merchant_id)}
    owed = -entries[adjustment_id].outstanding_paise if adjustment_id in entries else 0
    if paise > owed:
        raise BatchError(
            f"{adjustment_id} owes {max(owed, 0)} paise, not {paise}", "take what is outstanding"
        )
    taken = read_reserve(v2, merchant_id).consume(paise, adjustment_id)
    rows = [
        (merchant_id, "CONSUME", one.hold_id, None, adjustment_id, day, one.amount_paise)
        for one in taken
    ]
    with v2.cursor() as cursor:
        cursor.executemany(sql("insert_reserve"), rows)
    audit(v2, actor, "consume_reserve", ("adjustment", adjustment_id), amount_paise=str(paise))
    return taken
