from __future__ import annotations

import datetime as dt
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from settlement_platform.contracts.core import CORE_STATUSES
from settlement_platform.simulator.answer_key import AnswerKey, Tally
from settlement_platform.simulator.rows import Transaction

NOON_AT = dt.datetime(2026, 3, 12, 6, 30, tzinfo=dt.UTC)
DATES = [dt.date(2026, 3, day) for day in (10, 11, 12)]
MERCHANTS = ["MERC0001", "MERC0002", "श्री"]
METHODS = ["UPI", "CARD", "BARTER"]

transactions = st.builds(
    Transaction,
    txn_id=st.uuids().map(str),
    merchant_code=st.sampled_from(MERCHANTS),
    amount_paise=st.integers(0, 10**15),
    payment_mode=st.sampled_from(METHODS),
    txn_date=st.sampled_from(DATES),
    is_settled=st.sampled_from("01"),
    status=st.sampled_from(CORE_STATUSES),
    created_at=st.just(NOON_AT),
    updated_at=st.just(NOON_AT),
)


def _status(row: Transaction) -> str:
    """The status as the platform defines it, written a second time."""
    if row.is_settled == "1":
        return "SETTLED"
    if row.status == "SUCCESS":
        return "RECONCILED"
    return "FAILED" if row.status in ("FAILED", "CANCELLED", "EXPIRED") else "PENDING"


def _brute_force(rows: list[Transaction]) -> Tally:
    def figures(*statuses: str) -> tuple[int, int]:
        amounts = [row.amount_paise for row in rows if _status(row) in statuses]
        return len(amounts), sum(amounts)

    return Tally(
        *figures("SETTLED", "RECONCILED", "FAILED", "PENDING"),
        *figures("SETTLED", "RECONCILED"),
        *figures("SETTLED"),
        *figures("FAILED"),
    )


@given(
    st.lists(transactions, max_size=30),
    st.none() | st.sampled_from(MERCHANTS),
    st.none() | st.sampled_from(METHODS),
    st.none() | st.sampled_from(DATES),
    st.none() | st.sampled_from(DATES),
)
def test_totals_are_those_of_a_count_by_hand(
    rows: list[Transaction],
    merchant: str | None,
    method: str | None,
    from_date: dt.date | None,
    to_date: dt.date | None,
) -> None:
    wanted = [
        row
        for row in rows
        if merchant in (None, row.merchant_code)
        and method in (None, row.payment_mode)
        and (from_date is None or from_date <= row.txn_date)
        and (to_date is None or row.txn_date < to_date)
    ]
    totals = AnswerKey(rows).totals(merchant, method, from_date, to_date)
    assert totals == _brute_force(wanted)


@given(st.lists(st.tuples(transactions, transactions)), st.lists(transactions))
def test_replacing_and_removing_rows_leaves_the_key_of_the_final_rows(
    changed: list[tuple[Transaction, Transaction]], deleted: list[Transaction]
) -> None:
    key = AnswerKey([before for before, _ in changed] + deleted)
    for before, after in changed:
        key.replace(before, after)
    for row in deleted:
        key.replace(row, None)
    assert key == AnswerKey(after for _, after in changed)


@given(st.lists(transactions), st.lists(transactions))
def test_two_keys_merge_into_the_key_of_all_rows(
    some: list[Transaction], others: list[Transaction]
) -> None:
    key = AnswerKey(some)
    key.merge(AnswerKey(others))
    assert key == AnswerKey(some + others)


def test_a_key_that_was_merged_does_not_change_with_the_other() -> None:
    row = Transaction("t", "MERC0001", 500, "UPI", DATES[0], "0", "SUCCESS", NOON_AT, NOON_AT)
    part, whole = AnswerKey([row]), AnswerKey()
    whole.merge(part)
    whole.add(row)
    assert part.totals().captured_paise == 500


@given(st.lists(transactions))
def test_a_key_comes_back_from_json_as_it_was(rows: list[Transaction]) -> None:
    key = AnswerKey(rows)
    assert AnswerKey.from_json(key.to_json()) == key


def test_a_saved_key_is_loaded_and_its_money_is_text(tmp_path: Path) -> None:
    row = Transaction("t", "श्री", 2**60 + 1, "UPI", DATES[0], "0", "SUCCESS", NOON_AT, NOON_AT)
    path = tmp_path / "key.json"
    AnswerKey([row]).save(path)
    assert AnswerKey.load(path) == AnswerKey([row])
    assert f'"captured_paise": "{2**60 + 1}"' in path.read_text(encoding="utf-8")
