from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from itertools import islice

import pytest

from settlement_platform.contracts.core import (
    MerchantData,
    PaymentGatewayResponse,
    TransactionToSettle,
)
from settlement_platform.contracts.scalars import CoreBase, business_date
from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.mix import Mix, OperationKind
from settlement_platform.simulator.operations import (
    Operation,
    Statement,
    StatementName,
    merchant_values,
    transaction_values,
)
from settlement_platform.simulator.rows import GatewayAnswer, Transaction, run_token
from settlement_platform.simulator.statement_files import statement_text
from settlement_platform.simulator.traffic import Traffic
from settlement_platform.simulator.world import world

NOON_AT = dt.datetime(2026, 3, 12, 6, 30, tzinfo=dt.UTC)
EVERYTHING = Mix(
    merchant_change=5,
    new_merchant=5,
    unsettlement=5,
    amount_correction=5,
    merchant_correction=5,
    key_change=5,
    deletion=5,
)


class _TickingClock:
    """A millisecond passes at each look."""

    def __init__(self) -> None:
        self._now_at = NOON_AT

    def __call__(self) -> dt.datetime:
        self._now_at += dt.timedelta(milliseconds=1)
        return self._now_at


def _operations(seed: int, count: int, mix: Mix | None = None) -> list[Operation]:
    return list(islice(Traffic(seed, _TickingClock(), mix), count))


@pytest.fixture(scope="module")
def everything() -> list[Operation]:
    return _operations(7, 20_000, EVERYTHING)


def test_the_same_seed_and_clock_give_the_same_operations(everything: list[Operation]) -> None:
    assert _operations(7, 20_000, EVERYTHING) == everything


def test_another_clock_changes_nothing_but_the_times() -> None:
    later = islice(Traffic(7, lambda: NOON_AT + dt.timedelta(days=3)), 2_000)
    for one, other in zip(_operations(7, 2_000), later, strict=True):
        assert (one.kind, one.lane) == (other.kind, other.lane)
        if one.after is not None and other.after is not None:
            assert one.after[:4] == other.after[:4]
            assert one.after.status == other.after.status


def test_two_seeds_never_share_a_payment() -> None:
    def ids(seed: int) -> set[str]:
        rows = (operation.after for operation in _operations(seed, 3_000, EVERYTHING))
        return {row.txn_id for row in rows if row is not None}

    assert not ids(1) & ids(36)
    assert not ids(1) & ids(37)


def test_every_seed_has_its_own_token() -> None:
    assert len({run_token(seed) for seed in range(5_000)}) == 5_000
    with pytest.raises(ValueError, match="seed"):
        run_token(-1)


def test_the_usual_mix_has_its_shares() -> None:
    kinds = Counter(operation.kind for operation in _operations(7, 30_000))
    shares = {kind: 100 * count / 30_000 for kind, count in kinds.items()}
    assert set(kinds) == set(OperationKind)
    assert 38 < shares[OperationKind.NEW_PAYMENT] < 44
    assert 38 < shares[OperationKind.OUTCOME] < 44
    assert 12.5 < shares[OperationKind.SETTLEMENT] < 15
    rest = 100 - sum(
        shares[kind]
        for kind in (OperationKind.NEW_PAYMENT, OperationKind.OUTCOME, OperationKind.SETTLEMENT)
    )
    assert 3 < rest < 5.5


def test_each_change_starts_from_the_version_that_the_last_one_left(
    everything: list[Operation],
) -> None:
    versions: dict[str, Transaction] = {}
    lanes: dict[str, int] = {}
    for operation in everything:
        before, after = operation.before, operation.after
        if before is not None:
            assert versions.pop(before.txn_id) == before
            assert lanes[before.txn_id] == operation.lane
        if after is not None:
            assert after.txn_id not in versions
            assert before is None or before[:-1] != after[:-1]
            versions[after.txn_id] = after
            lanes[after.txn_id] = operation.lane


def test_the_incremental_key_equals_a_count_of_the_final_rows(
    everything: list[Operation],
) -> None:
    key, versions = AnswerKey(), dict[str, Transaction]()
    for operation in everything:
        key.replace(operation.before, operation.after)
        if operation.before is not None:
            del versions[operation.before.txn_id]
        if operation.after is not None:
            versions[operation.after.txn_id] = operation.after
    assert key == AnswerKey(versions.values())


def test_a_payment_begins_open_unsettled_and_on_the_business_date_of_its_time() -> None:
    late_at = dt.datetime(2026, 3, 12, 18, 31, tzinfo=dt.UTC)  # the 13th in Kolkata
    for operation in islice(Traffic(7, lambda: late_at), 50):
        if operation.kind is OperationKind.NEW_PAYMENT and operation.after is not None:
            assert operation.after.status in ("INITIATED", "PENDING")
            assert operation.after.is_settled == "0"
            assert operation.after.txn_date == business_date(late_at) == dt.date(2026, 3, 13)


def test_an_outcome_and_its_gateway_answer_are_one_operation(everything: list[Operation]) -> None:
    outcomes = [operation for operation in everything if operation.kind is OperationKind.OUTCOME]
    assert outcomes
    for operation in outcomes:
        names = [statement.name for statement in operation.statements]
        assert names[0] is StatementName.SET_STATUS
        assert names[1:] in ([], [StatementName.INSERT_ANSWER])
        if names[1:] and operation.after is not None:
            code = operation.statements[1].parameters["response_code"]
            assert (code == "00") == (operation.after.status == "SUCCESS")


def test_a_new_merchants_row_follows_its_first_payment_in_the_same_lane(
    everything: list[Operation],
) -> None:
    known = {merchant.merchant_id for merchant in world(7).merchants}
    first_lanes: dict[str, int] = {}
    arrived: set[object] = set()
    for operation in everything:
        if operation.kind is OperationKind.NEW_MERCHANT and operation.after is not None:
            assert operation.after.merchant_code not in arrived
            first_lanes[operation.after.merchant_code] = operation.lane
        if operation.kind is OperationKind.MERCHANT_ARRIVAL:
            merchant_id = str(operation.statements[0].parameters["merchant_id"])
            assert merchant_id not in known
            assert first_lanes[merchant_id] == operation.lane
            arrived.add(merchant_id)
    assert len(arrived) > 100


def test_what_was_captured_is_never_taken_back_in_the_append_only_mix() -> None:
    key, highest = AnswerKey(), (0, 0, 0, 0)
    kinds = set()
    for operation in _operations(8, 1_500, Mix.append_only()):
        kinds.add(operation.kind)
        key.replace(operation.before, operation.after)
        now = key.totals()
        figures = (now.captured_count, now.captured_paise, now.settled_count, now.settled_paise)
        assert all(new >= old for new, old in zip(figures, highest, strict=True))
        highest = figures
    assert kinds == {"new_payment", "outcome", "settlement", "merchant_change"}
    assert highest > (300, 0, 0, 0)


def test_a_mix_without_new_payments_or_with_negative_shares_is_refused() -> None:
    with pytest.raises(ValueError, match="new payments"):
        Mix(new_payment=0)
    with pytest.raises(ValueError, match="weights"):
        Mix(deletion=-1)


def test_each_statement_gets_exactly_the_parameters_that_its_file_names(
    everything: list[Operation],
) -> None:
    seen: dict[StatementName, Statement] = {}
    for operation in everything:
        for statement in operation.statements:
            seen.setdefault(statement.name, statement)
    assert set(seen) == set(StatementName)
    for name, statement in seen.items():
        named = re.findall(rb"%\((\w+)\)s", statement_text(name))
        assert {column.decode() for column in named} == set(statement.parameters)


def _columns(table: type[CoreBase]) -> list[str]:
    return list(table.__table__.columns.keys())


def test_rows_have_the_columns_of_the_contract() -> None:
    row = next(iter(_operations(7, 1))).after
    assert row is not None
    assert list(transaction_values(row)) == _columns(TransactionToSettle)
    assert list(merchant_values(world(7).merchants[0])) == _columns(MerchantData)
    assert list(GatewayAnswer._fields) == _columns(PaymentGatewayResponse)
