"""Merchants' terms and fees in V2: recorded, read as timelines, and what a correction changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from settlement_platform.settlement.agreements import AgreedFee, AgreedTerms, covered, timeline_of
from settlement_platform.settlement.books.ledger import audit, lock_merchant, sql
from settlement_platform.settlement.money import Bearer, Fee
from settlement_platform.settlement.terms import Capture, ChangedTerms, Timeline, changed_by
from settlement_platform.storage.writing import Connection


@dataclass(frozen=True)
class Agreement:
    """The captures that something new holds for, why, and who records it."""

    valid_from: dt.datetime
    valid_to: dt.datetime | None
    why: str
    actor: str

    def parameters(self) -> dict[str, object]:
        """As the statements want it."""
        return {
            "valid_from_at": self.valid_from,
            "valid_to_at": self.valid_to,
            "why": self.why,
            "recorded_by": self.actor,
        }


def record_terms(
    v2: Connection, merchant_id: str, cycle_days: int, reserve_bps: int, agreement: Agreement
) -> list[ChangedTerms]:
    """Record a merchant's cycle and reserve; the transactions that it changes, and what of them.

    Raises TermsError and MoneyError on terms that are none.
    """
    lock_merchant(v2, merchant_id)
    before = timeline(v2, merchant_id)
    values = {"merchant_id": merchant_id, "cycle_days": cycle_days, "reserve_bps": reserve_bps}
    terms_id, recorded_at = _one(v2, "insert_terms", values | agreement.parameters())
    row = AgreedTerms(
        terms_id,
        recorded_at,
        agreement.valid_from,
        agreement.valid_to,
        agreement.why,
        cycle_days,
        reserve_bps,
    )
    earlier = [one for one in read_terms(v2, merchant_id) if one.number < terms_id]
    _supersede(v2, "supersede_terms", covered(earlier, row))
    audit(v2, agreement.actor, "record_terms", ("merchant", merchant_id), terms_id=terms_id)
    return changed_by(before, timeline(v2, merchant_id), captures(v2, merchant_id, agreement))


def record_fee(
    v2: Connection,
    merchant_id: str | None,
    payment_method: str | None,
    fee: Fee,
    agreement: Agreement,
) -> list[ChangedTerms]:
    """Record a fee; the transactions that it changes, and what of them.

    `merchant_id`, `payment_method`: None = each without one of its own.
    """
    lock_merchant(v2, merchant_id or "")
    concerned = [merchant_id] if merchant_id else merchants(v2)
    before = {one: timeline(v2, one) for one in concerned}
    values = {
        "merchant_id": merchant_id,
        "payment_method": payment_method,
        "fee_bps": fee.bps,
        "fixed_paise": fee.fixed_paise,
        "bearer": fee.bearer.value,
    }
    fee_rate_id, recorded_at = _one(v2, "insert_fee_rate", values | agreement.parameters())
    row = AgreedFee(
        fee_rate_id,
        recorded_at,
        agreement.valid_from,
        agreement.valid_to,
        agreement.why,
        merchant_id,
        payment_method,
        fee,
    )
    earlier = [
        one
        for one in read_fees(v2, merchant_id)
        if one.number < fee_rate_id
        and (one.merchant_id, one.payment_method) == (merchant_id, payment_method)
    ]
    _supersede(v2, "supersede_fee_rates", covered(earlier, row))
    subject = ("merchant", merchant_id or "every")
    audit(v2, agreement.actor, "record_fee", subject, fee_rate_id=fee_rate_id)
    return [
        changed
        for one in concerned
        for changed in changed_by(before[one], timeline(v2, one), captures(v2, one, agreement))
    ]


def _one(v2: Connection, name: str, values: dict[str, object]) -> tuple[int, dt.datetime]:
    row = v2.execute(sql(name), values).fetchone()
    assert row is not None
    return row[0], row[1]


def _supersede(v2: Connection, name: str, numbers: Sequence[int]) -> None:
    if numbers:
        v2.execute(sql(name), {"numbers": list(numbers)})


def merchants(v2: Connection) -> list[str]:
    """Those that have terms."""
    return [row[0] for row in v2.execute(sql("merchants_with_terms"))]


def read_terms(v2: Connection, merchant_id: str) -> list[AgreedTerms]:
    """Every cycle and reserve that was recorded of a merchant."""
    return [AgreedTerms(*row) for row in v2.execute(sql("select_terms"), [merchant_id])]


def read_fees(v2: Connection, merchant_id: str | None) -> list[AgreedFee]:
    """Every fee that was recorded of a merchant, and those for all merchants."""
    asked = {"merchant_id": merchant_id}
    return [
        AgreedFee(number, recorded_at, begins, ends, why, merchant, method, fee)
        for (number, recorded_at, begins, ends, why, merchant, method), fee in (
            (row[:7], Fee(row[7], row[8], Bearer(row[9])))
            for row in v2.execute(sql("select_fee_rates"), asked)
        )
    ]


def timeline(v2: Connection, merchant_id: str) -> Timeline:
    """All that was agreed with a merchant."""
    return timeline_of(merchant_id, read_terms(v2, merchant_id), read_fees(v2, merchant_id))


def captures(v2: Connection, merchant_id: str, agreement: Agreement) -> list[Capture]:
    """What a merchant's customers paid in the span of an agreement."""
    values = {"merchant_id": merchant_id} | agreement.parameters()
    return [Capture(*row) for row in v2.execute(sql("select_captures"), values)]
