"""Terms and fee rates as they are recorded, each a row of its own, as one timeline. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from settlement_platform.settlement.money import Fee
from settlement_platform.settlement.terms import Terms, TermsVersion, Timeline


@dataclass(frozen=True)
class Span:
    """What was recorded for captures from `valid_from` until, and without, `valid_to`."""

    number: int
    recorded_at: dt.datetime
    valid_from: dt.datetime
    valid_to: dt.datetime | None
    why: str

    def covers(self, captured_at: dt.datetime) -> bool:
        """Whether a capture falls into it."""
        return self.valid_from <= captured_at and (
            self.valid_to is None or captured_at < self.valid_to
        )


@dataclass(frozen=True)
class AgreedTerms(Span):
    """Cycle and reserve of one merchant."""

    cycle_days: int
    reserve_bps: int


@dataclass(frozen=True)
class AgreedFee(Span):
    """A fee. `merchant_id`, `payment_method`: None = each without one of its own."""

    merchant_id: str | None
    payment_method: str | None
    fee: Fee


def timeline_of(
    merchant_id: str, terms: Iterable[AgreedTerms], fees: Iterable[AgreedFee]
) -> Timeline:
    """The terms of one merchant, fees among them, in the order in which they were recorded.

    A merchant's own fee goes before the one for all merchants, then a method's before the one for
    all methods. Where a cycle or a fee is missing there are no terms. Fees of other merchants are
    passed over.
    """
    rows: list[AgreedTerms | AgreedFee] = [*terms]
    rows += [fee for fee in fees if fee.merchant_id in (None, merchant_id)]
    rows.sort(key=lambda row: (row.recorded_at, isinstance(row, AgreedFee), row.number))
    edges = sorted({edge for row in rows for edge in (row.valid_from, row.valid_to) if edge})
    versions: list[TermsVersion] = []
    for count, row in enumerate(rows, start=1):
        starts = [edge for edge in edges if row.covers(edge)]
        for start, end in pairwise([*starts, row.valid_to]):
            assert start is not None
            found = _terms_at(start, rows[:count])
            if found is not None:
                number = len(versions) + 1
                versions.append(TermsVersion(number, row.recorded_at, start, end, found, row.why))
    return Timeline(merchant_id, tuple(versions))


def _terms_at(at: dt.datetime, known: Sequence[AgreedTerms | AgreedFee]) -> Terms | None:
    """What holds at an instant; of several the one recorded last."""
    agreed: AgreedTerms | None = None
    own: dict[str | None, Fee] = {}
    shared: dict[str | None, Fee] = {}
    for row in known:
        if not row.covers(at):
            continue
        if isinstance(row, AgreedTerms):
            agreed = row
        else:
            (shared if row.merchant_id is None else own)[row.payment_method] = row.fee
    by_method = own if None in own else shared | own
    if agreed is None or None not in by_method:
        return None
    other_fee = by_method[None]
    named = {method: fee for method, fee in by_method.items() if method is not None}
    return Terms(agreed.cycle_days, agreed.reserve_bps, other_fee, named)


def covered(earlier: Iterable[Span], later: Span) -> list[int]:
    """The numbers of the rows whose whole span a later row of the same subject covers."""
    return [
        row.number
        for row in earlier
        if later.valid_from <= row.valid_from
        and (
            later.valid_to is None or (row.valid_to is not None and row.valid_to <= later.valid_to)
        )
    ]
