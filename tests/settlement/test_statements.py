"""A bank's statement confirms by UTR, whole or cut short, and never by amount alone."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.settlement.csv_rows import Good, Refused
from settlement_platform.settlement.statements import (
    How,
    Matching,
    StatementRow,
    Transfer,
    match,
    read_statement,
)

DAY = dt.date(2026, 3, 4)
UTR = "HDFCR52026030412345678"
SENT = Transfer("B1", UTR, 100_00, DAY)
ROW = StatementRow(2, DAY, UTR, 100_00)


def confirmed(matching: Matching) -> dict[int, tuple[str, How]]:
    return {found.row.line: (found.transfer.batch_id, found.how) for found in matching.matches}


def test_a_statement_is_read_row_by_row_and_its_other_columns_are_not_kept() -> None:
    file = (
        "narration,value_date,utr,amount\n"
        f"ACME 4111111111111111,2026-03-04,{UTR},100.00\n"
        f"x,2026-03-04,{UTR.lower()},1e3\n"
        "x,yesterday,SHORT,5\n"
    )
    good, *refused = read_statement([file.encode()])
    assert isinstance(good, Good)
    assert good.row == ROW
    assert all(isinstance(outcome, Refused) for outcome in refused)
    assert [(e.line, e.column) for outcome in refused for e in outcome.errors] == [
        (3, "utr"),
        (3, "amount"),
        (4, "value_date"),
        (4, "utr"),
    ]


@pytest.mark.parametrize("cut", [UTR[:16], UTR[-16:], UTR[:8]])
@pytest.mark.parametrize("days", [0, 1])
def test_a_utr_that_was_cut_short_confirms_with_its_amount_and_date(cut: str, days: int) -> None:
    row = replace(ROW, utr=cut, value_date=DAY + dt.timedelta(days=days))
    assert confirmed(match([row], [SENT])) == {2: ("B1", How.TRUNCATED)}


@pytest.mark.parametrize(
    "row",
    [
        replace(ROW, utr="HDFCR52026030499999999"),
        replace(ROW, utr=UTR[3:15]),
        replace(ROW, utr=UTR[:16], amount_paise=100_01),
        replace(ROW, utr=UTR[:16], value_date=DAY - dt.timedelta(days=1)),
        replace(ROW, utr=UTR[:16], value_date=DAY + dt.timedelta(days=2)),
        replace(ROW, amount_paise=99_99),
    ],
)
def test_anything_less_confirms_nothing_and_is_listed(row: StatementRow) -> None:
    matching = match([row], [SENT])
    assert matching.matches == ()
    assert [found.row for found in matching.unmatched] == [row]
    assert matching.unconfirmed == (SENT,)


def test_a_transfer_without_a_utr_is_confirmed_by_nothing() -> None:
    waiting = replace(SENT, utr=None)
    assert match([ROW], [waiting]).unconfirmed == (waiting,)


def test_a_whole_utr_comes_before_one_that_was_cut_short() -> None:
    longer = Transfer("B2", UTR[:16] + "99", 100_00, DAY)
    whole = Transfer("B1", UTR[:16], 100_00, DAY)
    row = replace(ROW, utr=UTR[:16])
    assert confirmed(match([row], [longer, whole])) == {2: ("B1", How.EXACT)}


def test_a_row_that_two_transfers_could_mean_is_refused_with_both() -> None:
    twin = Transfer("B2", UTR[:16] + "AAAA", 100_00, DAY)
    (found,) = match([replace(ROW, utr=UTR[:16])], [SENT, twin]).unmatched
    assert found.candidates == ("B1", "B2")
    assert "2 transfers" in found.reason


def test_the_amount_tells_two_transfers_apart_whose_utrs_begin_alike() -> None:
    other = Transfer("B2", UTR[:16] + "AAAA", 100_01, DAY)
    assert confirmed(match([replace(ROW, utr=UTR[:16])], [SENT, other])) == {
        2: ("B1", How.TRUNCATED)
    }


@pytest.mark.parametrize("utrs", [(UTR, UTR), (UTR[:16], UTR[-16:])])
def test_two_rows_that_mean_one_transfer_are_both_refused(utrs: tuple[str, str]) -> None:
    rows = [replace(ROW, line=line, utr=utr) for line, utr in enumerate(utrs, start=2)]
    matching = match(rows, [SENT])
    assert matching.matches == ()
    assert {found.reason for found in matching.unmatched} == {
        "another row of the statement means the same transfer"
    }


def test_a_cut_row_takes_no_transfer_that_a_whole_utr_names() -> None:
    matching = match([ROW, replace(ROW, line=3, utr=UTR[:16])], [SENT])
    assert confirmed(matching) == {2: ("B1", How.EXACT)}
    assert [found.row.line for found in matching.unmatched] == [3]


def test_a_whole_utr_with_another_amount_is_refused_and_nothing_else_takes_its_transfer() -> None:
    wrong = replace(ROW, amount_paise=1)
    matching = match([wrong, replace(ROW, line=3, utr=UTR[:16])], [SENT])
    assert matching.matches == ()
    assert matching.unmatched[0].reason == "the transfer with this UTR has another amount"
    assert matching.unmatched[0].candidates == ("B1",)


UTRS = st.sampled_from(
    [UTR, UTR[:16], UTR[-10:], UTR[:16] + "AAAA", "ICIC0000000011", "AXIS99999999"]
)
AMOUNTS = st.sampled_from([100_00, 200_00])
DATES = st.integers(-1, 2).map(lambda days: DAY + dt.timedelta(days=days))
ROWS = st.lists(st.tuples(DATES, UTRS, AMOUNTS), max_size=6).map(
    lambda rows: [StatementRow(line, *row) for line, row in enumerate(rows, start=2)]
)
TRANSFERS = st.lists(st.tuples(UTRS | st.none(), AMOUNTS, DATES), max_size=5).map(
    lambda sent: [Transfer(f"B{n}", *transfer) for n, transfer in enumerate(sent)]
)


@given(ROWS, TRANSFERS, st.randoms(use_true_random=False))
def test_every_row_and_transfer_has_one_outcome_in_whatever_order_they_come(
    rows: list[StatementRow], transfers: list[Transfer], order: random.Random
) -> None:
    matching = match(rows, transfers)
    told = [found.row for found in (*matching.matches, *matching.unmatched)]
    assert sorted(told, key=lambda row: row.line) == rows
    taken = [found.transfer.batch_id for found in matching.matches]
    assert len(set(taken)) == len(taken)
    left = [transfer.batch_id for transfer in matching.unconfirmed]
    assert sorted(taken + left) == [transfer.batch_id for transfer in transfers]
    order.shuffle(rows)
    order.shuffle(transfers)
    assert match(rows, transfers) == matching


@given(ROWS, TRANSFERS)
def test_nothing_is_confirmed_without_its_utr_and_its_amount(
    rows: list[StatementRow], transfers: list[Transfer]
) -> None:
    for found in match(rows, transfers).matches:
        known = found.transfer.utr
        assert known is not None
        assert found.row.amount_paise == found.transfer.amount_paise
        if found.how is How.EXACT:
            assert known == found.row.utr
        else:
            assert known != found.row.utr
            assert found.row.utr in (known[: len(found.row.utr)], known[-len(found.row.utr) :])
            assert 0 <= (found.row.value_date - found.transfer.sent_on).days <= 1
