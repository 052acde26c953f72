"""What the stream looks up in V2 is what the domain says: terms, rates, and who is out of date."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

import pytest

from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.books import restating
from settlement_platform.settlement.books.agreed import (
    Agreement,
    record_fee,
    record_terms,
    timeline,
)
from settlement_platform.settlement.books.dates import refresh_dates
from settlement_platform.settlement.books.restating import ask_for_restatements, printable
from settlement_platform.settlement.money import Bearer, Fee
from settlement_platform.settlement.terms import TermsError, terms_at
from settlement_platform.storage.writing import writing

if TYPE_CHECKING:
    from conftest import Books

TODAY = dt.date(2026, 3, 5)
BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MICROSECOND = dt.timedelta(microseconds=1)
METHODS = ("UPI", "CARD", "WALLET", "NEW")
CUT_OFF_SECONDS = 86_399
LOOKED_UP = """
SELECT cycle_days, reserve_bps, fee_bps, fixed_paise, bearer FROM sp_v2_terms_in_force
WHERE merchant_id = %(merchant)s AND %(text)s >= valid_from AND %(text)s < valid_to
  AND (payment_method = %(method)s OR (payment_method = ''
    AND strpos(named_methods, U&'\\001F' || %(method)s || U&'\\001F') = 0))
"""


def agreement(begin: dt.datetime, end: dt.datetime | None = None) -> Agreement:
    return Agreement(begin, end, "a test", "alice")


def record_at_random(books: Books, chance: random.Random) -> None:
    begin = BEGIN + chance.randrange(60) * DAY
    end = begin + chance.randrange(1, 30) * DAY if chance.random() < 0.5 else None
    merchant = chance.choice(["M1", "M2", None])
    with writing(books.dsn) as v2:
        if merchant and chance.random() < 0.4:
            terms = (chance.randrange(4), chance.randrange(1000))
            record_terms(v2, merchant, *terms, agreement(begin, end))
        else:
            fee = Fee(chance.randrange(400), chance.randrange(3), chance.choice(list(Bearer)))
            method = chance.choice([*METHODS[:3], None])
            record_fee(v2, merchant, method, fee, agreement(begin, end))


@pytest.mark.parametrize("seed", range(4))
def test_the_view_is_the_timeline_at_every_capture(books: Books, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        record_at_random(books, chance)
    differ, known = [], 0
    for merchant in ("M1", "M2"):
        with writing(books.dsn) as v2:
            agreed = timeline(v2, merchant)
        for _ in range(150):
            at = (
                BEGIN + chance.randrange(-5, 100) * DAY - chance.randrange(2) * DAY / 86_400_000_000
            )
            method = chance.choice(METHODS)
            text = at.strftime("%Y-%m-%dT%H:%M:%S%f")
            wanted = {"merchant": merchant, "method": method, "text": text}
            try:
                terms = terms_at(agreed, at).terms
                fee = terms.fee_for(method)
                expected = [
                    (terms.cycle_days, terms.reserve_bps, fee.bps, fee.fixed_paise, str(fee.bearer))
                ]
                known += 1
            except TermsError:
                expected = []
            found = books.run(LOOKED_UP, wanted)
            if found != expected:
                differ.append((merchant, at, method, expected, found))
    assert differ == []
    assert known > 50


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked up anywhere here, so nothing has to be waited for."""
    monkeypatch.setattr(restating, "LOOKUP_SECONDS", -1.0)
    monkeypatch.setattr(restating, "AGAIN_SECONDS", 0.0)


def asked(books: Books, everything: bool = False) -> list[tuple[object, ...]]:
    """What one look asks for."""
    known = books.run("SELECT COALESCE(max(restatement_id), 0) FROM sp_v2_restatements")[0]
    with writing(books.dsn) as v2:
        ask_for_restatements(v2, CUT_OFF_SECONDS, everything)
    return books.run(
        "SELECT transaction_id, reason, cause FROM sp_v2_restatements"
        " WHERE restatement_id > %s ORDER BY 1",
        known,
    )


def restate(books: Books) -> None:
    """What the stream does when it is asked: the row by what is in force now."""
    books.run(
        "UPDATE sp_v2_transactions AS done SET terms_id = term.terms_id,"
        " fee_rate_id = term.fee_rate_id, calendar_version = promise.calendar_version,"
        " expected_settlement_date = promise.expected_settlement_date"
        " FROM sp_v2_terms_in_force AS term LEFT JOIN sp_v2_settlement_dates AS promise"
        " USING (cycle_days)"
        " WHERE term.merchant_id = done.merchant_id AND term.payment_method = ''"
        " AND captured_at >= term.valid_from_at AND captured_at < term.valid_to_at"
        " AND promise.capture_date = (captured_at AT TIME ZONE 'Asia/Kolkata')::date"
    )


def test_exactly_what_is_out_of_date_is_asked_for_and_why(books: Books, at_once: None) -> None:
    early, late = BEGIN + 10 * DAY, BEGIN + 40 * DAY
    books.pay("early", 1000, at=early)
    books.pay("late", 1000, at=late)
    books.pay("stranger", 1000, merchant="M9", at=late)
    with writing(books.dsn) as v2:
        record_terms(v2, "M1", 2, 500, agreement(BEGIN))
        refresh_dates(v2, BEGIN.date(), late.date())
    assert [(one, reason) for one, reason, _ in asked(books)] == [
        ("early", "TERMS"),
        ("late", "TERMS"),
    ]
    restate(books)
    assert asked(books) == []
    with writing(books.dsn) as v2:
        record_terms(v2, "M1", 2, 300, agreement(BEGIN + 30 * DAY))
    [(name, reason, cause)] = asked(books)
    assert (name, reason) == ("late", "TERMS")
    assert "a test" in str(cause)
    restate(books)
    with writing(books.dsn) as v2:
        record_fee(v2, "M1", None, Fee(150), agreement(BEGIN, BEGIN + 20 * DAY))
    assert [(one, why) for one, why, _ in asked(books)] == [("early", "FEE")]
    restate(books)
    books.run(
        "UPDATE sp_v2_settlement_dates SET expected_settlement_date = expected_settlement_date + 1,"
        " why = 'a late holiday', changed_at = clock_timestamp() WHERE capture_date = %s",
        [early.date()],
    )
    [(name, reason, cause)] = asked(books)
    assert (name, reason) == ("early", "DATE")
    assert "a late holiday" in str(cause)
    assert [one for one, _, _ in asked(books, everything=True)] == ["early"]


def test_a_correction_leaves_what_is_settled_and_lists_it_once(books: Books, at_once: None) -> None:
    books.pay("settled", 1000, due=TODAY)
    books.pay("waiting", 1000, due=TODAY + 4 * DAY)
    captured = books.run("SELECT min(captured_at) FROM sp_v2_transactions")[0][0]
    with writing(books.dsn) as v2:
        record_terms(v2, "M1", 2, 500, agreement(BEGIN))
        refresh_dates(v2, captured.date(), TODAY + 10 * DAY)
    restate(books)
    assert asked(books, everything=True) == []
    [batch] = books.settle(TODAY)
    for bps in (150, 160):
        with writing(books.dsn) as v2:
            record_fee(v2, "M1", None, Fee(bps), agreement(BEGIN))
        found = asked(books)
        assert [(name, reason) for name, reason, _ in found] == [
            ("settled", "FEE"),
            ("waiting", "FEE"),
        ]
        assert all("a test" in str(cause) for _, _, cause in found)
        assert standing(books) == {"settled": batch.batch_id, "waiting": None}
        # Listed once; what waits is asked for until it is restated.
        assert [name for name, _, _ in asked(books)] == ["waiting"]
    # A date is no money: it moves for both.
    books.run(
        "UPDATE sp_v2_settlement_dates SET expected_settlement_date = expected_settlement_date + 1,"
        " changed_at = clock_timestamp()"
    )
    assert [found[:2] for found in asked(books)] == [("settled", "DATE"), ("waiting", "FEE")]
    assert standing(books) == {"settled": None, "waiting": None}
    books.step(batch.batch_id, Action.CANCEL)
    assert [name for name, _, _ in asked(books, everything=True)] == ["settled", "waiting"]
    assert standing(books) == {"settled": None, "waiting": None}


def standing(books: Books) -> dict[str, object]:
    """What the newest line of each transaction says it stands in."""
    return dict(
        books.run(
            "SELECT DISTINCT ON (transaction_id) transaction_id, batch_id FROM sp_v2_restatements"
            " ORDER BY transaction_id, restatement_id DESC"
        )
    )


def test_what_was_just_asked_for_is_not_asked_for_again(
    books: Books, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.pay("one", 1000, at=BEGIN)
    with writing(books.dsn) as v2:
        record_terms(v2, "M1", 2, 500, agreement(BEGIN))
    assert len(asked(books)) == 1
    monkeypatch.setattr(restating, "AGAIN_SECONDS", 60.0)
    assert asked(books) == []
    monkeypatch.setattr(restating, "AGAIN_SECONDS", 0.0)
    assert len(asked(books)) == 1


def test_a_cause_fits_the_stream() -> None:
    assert printable("a\nb\x1f" + "c" * 300) == "a b " + "c" * 252
