"""What was agreed, row by row, as one timeline; and what a correction in V2 changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.settlement.agreements import AgreedFee, AgreedTerms, covered, timeline_of
from settlement_platform.settlement.books.agreed import (
    Agreement,
    record_fee,
    record_terms,
    timeline,
)
from settlement_platform.settlement.money import Fee
from settlement_platform.settlement.terms import TermsError, terms_at
from settlement_platform.storage.writing import writing

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def day(number: int) -> dt.datetime:
    return START + dt.timedelta(days=number)


SPANS = st.tuples(st.integers(0, 9), st.none() | st.integers(1, 9)).map(
    lambda span: (day(span[0]), None if span[1] is None else day(span[0] + span[1]))
)
TERMS = st.tuples(SPANS, st.integers(0, 3), st.integers(0, 900))
FEES = st.tuples(SPANS, st.sampled_from([None, "M1"]), st.sampled_from([None, "UPI"]))


@given(st.lists(TERMS, max_size=5), st.lists(FEES, max_size=6), st.integers(0, 20))
def test_a_timeline_says_at_every_instant_what_the_rows_say(
    terms: list[Any], fees: list[Any], at: int
) -> None:
    agreed = [
        AgreedTerms(n, day(100 + 2 * n), *span, "why", cycle, reserve)
        for n, (span, cycle, reserve) in enumerate(terms)
    ]
    rates = [
        AgreedFee(n, day(101 + 2 * n), *span, "why", merchant, method, Fee(n))
        for n, (span, merchant, method) in enumerate(fees)
    ]
    now = day(at)
    row = next((row for row in reversed(agreed) if row.covers(now)), None)
    by_subject = {(r.merchant_id, r.payment_method): r.fee for r in rates if r.covers(now)}
    order = [("M1", "UPI"), ("M1", None), (None, "UPI"), (None, None)]
    upi = next((by_subject[subject] for subject in order if subject in by_subject), None)
    other = next((by_subject[s] for s in order if s[1] is None and s in by_subject), None)
    found = timeline_of("M1", agreed, rates)
    try:
        held = terms_at(found, now).terms
    except TermsError:
        assert row is None or other is None
    else:
        assert row is not None
        assert (held.cycle_days, held.reserve_bps) == (row.cycle_days, row.reserve_bps)
        assert (held.fee_for("UPI"), held.fee_for("CARD")) == (upi, other)


def test_a_row_is_superseded_once_a_later_one_covers_its_whole_span() -> None:
    def row(number: int, first: int, last: int | None) -> AgreedTerms:
        return AgreedTerms(
            number, START, day(first), None if last is None else day(last), "", 2, 500
        )

    earlier = [row(1, 0, None), row(2, 3, 5), row(3, 4, None), row(4, 2, 9)]
    assert covered(earlier, row(9, 3, None)) == [2, 3]
    assert covered(earlier, row(9, 2, 9)) == [2, 4]


def test_a_correction_lists_what_it_changes_and_why_and_the_past_stays_readable(
    books: Any,
) -> None:
    since = Agreement(day(0), None, "signed", "alice")
    for number in range(6):
        at = day(number)
        books.pay(f"T{number}", 1_000, at=at, method="UPI" if number % 2 else "CARD")
    with writing(books.dsn) as v2:
        assert record_fee(v2, None, None, Fee(200), since) == []
        first = record_terms(v2, "M1", 2, 500, since)
    assert [(one.transaction_id, one.before) for one in first] == [
        (f"T{number}", None) for number in range(6)
    ]
    correction = Agreement(day(2), day(5), "the contract says 150 for UPI", "bob")
    with writing(books.dsn) as v2:
        changed = record_fee(v2, "M1", "UPI", Fee(150), correction)
    assert [(one.transaction_id, one.what, one.why) for one in changed] == [
        ("T3", ("fee",), "the contract says 150 for UPI")
    ]
    with writing(books.dsn) as v2:
        later = record_terms(v2, "M1", 1, 500, Agreement(day(9), None, "faster", "alice"))
        known = timeline(v2, "M1")
        whole = record_terms(v2, "M1", 3, 500, Agreement(day(0), None, "corrected", "alice"))
    assert later == []
    assert terms_at(known, day(8)).terms.cycle_days == 2
    assert terms_at(known, day(9)).terms.cycle_days == 1
    assert [one.what for one in whole] == [("cycle_days",)] * 6
    standing = "SELECT cycle_days, superseded_at IS NULL FROM sp_v2_merchant_terms ORDER BY 1"
    assert books.run(standing) == [(1, False), (2, False), (3, True)]
    recorded = "SELECT actor, action FROM sp_v2_audit_log ORDER BY audit_id"
    assert ("bob", "record_fee") in books.run(recorded)
