"""Operations on the core as data: the statements of one commit, and the row before and after it.

Each statement names a file in statements/. All set absolute values and change nothing when they
are applied a second time, so an operation whose commit is in doubt is simply applied again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from settlement_platform.simulator.mix import OperationKind
from settlement_platform.simulator.rows import GatewayAnswer, Merchant, Transaction, hundredths


class StatementName(StrEnum):
    """The files of statements/, without their ending."""

    INSERT_PAYMENT = "insert_payment"
    INSERT_ANSWER = "insert_answer"
    INSERT_MERCHANT = "insert_merchant"
    SET_STATUS = "set_status"
    SET_SETTLED = "set_settled"
    SET_AMOUNT = "set_amount"
    SET_MERCHANT_CODE = "set_merchant_code"
    SET_KEY = "set_key"
    SET_ANSWER_KEY = "set_answer_key"
    SET_TERMS = "set_terms"
    DELETE_PAYMENT = "delete_payment"
    DELETE_ANSWER = "delete_answer"


class Statement(NamedTuple):
    """One statement with the values of its named parameters."""

    name: StatementName
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Operation:
    """One commit. Operations of the same lane must be committed in the order of the sequence.

    `before` and `after` are the versions of the transaction that it replaces and makes; None when
    there is none, both None when it touches no transaction.
    """

    kind: OperationKind
    lane: int
    statements: tuple[Statement, ...]
    before: Transaction | None = None
    after: Transaction | None = None


_SETTERS: Mapping[OperationKind, tuple[StatementName, str]] = {
    OperationKind.SETTLEMENT: (StatementName.SET_SETTLED, "is_settled"),
    OperationKind.UNSETTLEMENT: (StatementName.SET_SETTLED, "is_settled"),
    OperationKind.AMOUNT_CORRECTION: (StatementName.SET_AMOUNT, "amount"),
    OperationKind.MERCHANT_CORRECTION: (StatementName.SET_MERCHANT_CODE, "merchant_code"),
}


def new_payment(kind: OperationKind, lane: int, row: Transaction) -> Operation:
    """A payment begins."""
    insert = Statement(StatementName.INSERT_PAYMENT, transaction_values(row))
    return Operation(kind, lane, (insert,), None, row)


def outcome(
    lane: int, before: Transaction, after: Transaction, answer: GatewayAnswer | None
) -> Operation:
    """A payment ends; the gateway's answer, if there is one, in the same commit."""
    values = {"txn_id": after.txn_id, "status": after.status, "updated_at": after.updated_at}
    statements: tuple[Statement, ...] = (Statement(StatementName.SET_STATUS, values),)
    if answer is not None:
        statements += (Statement(StatementName.INSERT_ANSWER, answer._asdict()),)
    return Operation(OperationKind.OUTCOME, lane, statements, before, after)


def change(kind: OperationKind, lane: int, before: Transaction, after: Transaction) -> Operation:
    """One column of a payment changes, and updated_at with it."""
    name, column = _SETTERS[kind]
    values = transaction_values(after)
    parameters = {key: values[key] for key in ("txn_id", column, "updated_at")}
    return Operation(kind, lane, (Statement(name, parameters),), before, after)


def key_change(lane: int, before: Transaction, after: Transaction) -> Operation:
    """A payment gets another primary key, and its gateway answer with it."""
    keys = {"old_txn_id": before.txn_id, "new_txn_id": after.txn_id}
    statements = (
        Statement(StatementName.SET_KEY, {**keys, "updated_at": after.updated_at}),
        Statement(StatementName.SET_ANSWER_KEY, keys),
    )
    return Operation(OperationKind.KEY_CHANGE, lane, statements, before, after)


def deletion(lane: int, before: Transaction) -> Operation:
    """A payment and its gateway answer vanish."""
    key = {"txn_id": before.txn_id}
    statements = (
        Statement(StatementName.DELETE_PAYMENT, key),
        Statement(StatementName.DELETE_ANSWER, key),
    )
    return Operation(OperationKind.DELETION, lane, statements, before, None)


def merchant_change(lane: int, merchant: Merchant) -> Operation:
    """A merchant's name or terms change."""
    statement = Statement(StatementName.SET_TERMS, merchant_values(merchant))
    return Operation(OperationKind.MERCHANT_CHANGE, lane, (statement,))


def merchant_arrival(lane: int, merchant: Merchant) -> Operation:
    """A merchant's row arrives, after its first payment."""
    statement = Statement(StatementName.INSERT_MERCHANT, merchant_values(merchant))
    return Operation(OperationKind.MERCHANT_ARRIVAL, lane, (statement,))


def transaction_values(row: Transaction) -> dict[str, object]:
    """The columns of transactions_to_settle, in the core's order and units."""
    return {
        "txn_id": row.txn_id,
        "merchant_code": row.merchant_code,
        "amount": hundredths(row.amount_paise),
        "payment_mode": row.payment_mode,
        "txn_date": row.txn_date,
        "is_settled": row.is_settled,
        "status": row.status,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def merchant_values(merchant: Merchant) -> dict[str, object]:
    """The columns of merchant_data, in the core's order and units."""
    return {
        "merchant_id": merchant.merchant_id,
        "merchant_name": merchant.merchant_name,
        "settlement_cycle": merchant.settlement_cycle,
        "rolling_reserve_percentage": hundredths(merchant.reserve_bps),
        "updated_at": merchant.updated_at,
    }
