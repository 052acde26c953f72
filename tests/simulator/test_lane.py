from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import psycopg

from settlement_platform.errors import SettlementError
from settlement_platform.simulator import operations
from settlement_platform.simulator.answer_key import AnswerKey
from settlement_platform.simulator.lane import Lane
from settlement_platform.simulator.mix import OperationKind
from settlement_platform.simulator.operations import Operation
from settlement_platform.simulator.rows import GatewayAnswer, Transaction

NOON_AT = dt.datetime(2026, 3, 12, 6, 30, tzinfo=dt.UTC)


def _row(txn_id: str) -> Transaction:
    date = dt.date(2026, 3, 12)
    return Transaction(txn_id, "MERC0001", 500, "UPI", date, "0", "PENDING", NOON_AT, NOON_AT)


def _begin(row: Transaction) -> Operation:
    return operations.new_payment(OperationKind.NEW_PAYMENT, 1, row)


def _succeed(row: Transaction, gateway: str | None = "PAYSETU") -> Operation:
    answer = GatewayAnswer(row.txn_id, gateway, "00", None, NOON_AT)  # type: ignore[arg-type]
    return operations.outcome(1, row, row._replace(status="SUCCESS"), answer)


def _play(core_dsn: str, *played: Operation) -> Lane:
    """A lane that has taken the operations, run in this thread."""
    lane = Lane(core_dsn, 1, threading.Event())
    for operation in (*played, None):
        lane.queue.put(operation)
    lane.run()
    return lane


def test_an_operation_that_is_applied_again_changes_nothing(
    core_dsn: str, key_in_core: Callable[[str], AnswerKey]
) -> None:
    row = _row("LANE-TWICE-1")
    paid = row._replace(status="SUCCESS")
    moved = paid._replace(txn_id="LANE-TWICE-2")
    settled = moved._replace(is_settled="1")
    steps: list[tuple[Operation, list[Transaction]]] = [
        (_begin(row), [row]),
        (_succeed(row), [paid]),
        (operations.key_change(1, paid, moved), [moved]),
        (operations.change(OperationKind.SETTLEMENT, 1, moved, settled), [settled]),
        (operations.deletion(1, settled), []),
    ]
    for operation, rows in steps:
        once, again = _play(core_dsn, operation), _play(core_dsn, operation)
        assert (once.commits, once.missed, once.failure) == (1, 0, None)
        assert (again.commits, again.missed, again.failure) == (1, 1, None)
        assert key_in_core("LANE-TWICE-") == AnswerKey(rows)


def test_the_statements_of_one_operation_are_committed_together_or_not_at_all(
    core_dsn: str, key_in_core: Callable[[str], AnswerKey]
) -> None:
    row = _row("LANE-ATOMIC-1")
    lane = _play(core_dsn, _begin(row), _succeed(row, gateway=None))
    assert isinstance(lane.failure, SettlementError)
    assert key_in_core("LANE-ATOMIC-") == lane.answer_key == AnswerKey([row])


def test_a_change_that_finds_no_row_is_counted_and_left_out_of_the_key(core_dsn: str) -> None:
    lane = _play(core_dsn, _succeed(_row("LANE-MISSING-1")))
    assert lane.missed == 1
    assert len(lane.answer_key) == 0


def test_a_deleted_payment_takes_its_answer_with_it(core_dsn: str) -> None:
    row = _row("LANE-GONE-1")
    paid = row._replace(status="SUCCESS")
    lane = _play(core_dsn, _begin(row), _succeed(row), operations.deletion(1, paid))
    assert len(lane.answer_key) == 0
    with psycopg.connect(core_dsn) as connection:
        left = connection.execute(
            "SELECT (SELECT count(*) FROM transactions_to_settle WHERE txn_id = 'LANE-GONE-1')"
            " + (SELECT count(*) FROM payment_gateway_response WHERE txn_id = 'LANE-GONE-1')"
        ).fetchone()
    assert left == (0,)
