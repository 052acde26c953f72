"""Live traffic: a seeded endless sequence of operations on payments that it made itself."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TypeVar

from settlement_platform.contracts.scalars import business_date
from settlement_platform.simulator import operations
from settlement_platform.simulator.gateways import draw_verdict
from settlement_platform.simulator.mix import Mix, OperationKind
from settlement_platform.simulator.operations import Operation
from settlement_platform.simulator.outcomes import draw_status
from settlement_platform.simulator.rows import (
    SETTLED,
    UNSETTLED,
    GatewayAnswer,
    Merchant,
    Transaction,
    live_txn_id,
    new_merchant_id,
)
from settlement_platform.simulator.trading_names import trading_name
from settlement_platform.simulator.traffic_pools import Payment, Pool, WaitingLine
from settlement_platform.simulator.world import (
    draw_amount_paise,
    draw_cycle,
    draw_mode,
    draw_reserve_bps,
    world,
)

Clock = Callable[[], dt.datetime]
T = TypeVar("T")

NEW_MERCHANT_SHARE = 0.02
"""Of the new payments, those that go to a merchant that came during this run."""
ARRIVAL_OPERATIONS = (5, 200)
"""A new merchant's row follows its first payment after that many operations."""
INITIATED_SHARE = 0.6
_KINDS = tuple(OperationKind)[:-1]


@dataclass(frozen=True)
class _Arrival:
    """A merchant whose row is still to come, with its first payment's lane."""

    due_operation: int
    lane: int
    merchant: Merchant


class Traffic(Iterator[Operation]):
    """The operations of a seed, one at a time, for ever.

    The same seed, mix and clock give the same operations. The clock is read once an operation.
    """

    def __init__(self, seed: int, clock: Clock, mix: Mix | None = None) -> None:
        self._seed = seed
        self._clock = clock
        self._mix = mix or Mix()
        self._cumulative_weights = tuple(accumulate(self._mix.weights()))
        self._rng = Random(f"traffic:{seed}")
        self._world = world(seed)
        self._merchants = list(self._world.merchants)
        self._newcomers: list[Merchant] = []
        self._arrivals: deque[_Arrival] = deque()
        self._operation = 0
        self._payment_serial = 0
        self._waiting = WaitingLine()
        self._captured = Pool()
        self._settled = Pool()
        self._failed = Pool()
        self._makers: Mapping[OperationKind, Callable[[dt.datetime], Operation | None]] = {
            OperationKind.NEW_PAYMENT: self._new_payment,
            OperationKind.OUTCOME: self._outcome,
            OperationKind.SETTLEMENT: self._settlement,
            OperationKind.MERCHANT_CHANGE: self._merchant_change,
            OperationKind.NEW_MERCHANT: self._new_merchant,
            OperationKind.UNSETTLEMENT: self._unsettlement,
            OperationKind.AMOUNT_CORRECTION: self._amount_correction,
            OperationKind.MERCHANT_CORRECTION: self._merchant_correction,
            OperationKind.KEY_CHANGE: self._key_change,
            OperationKind.DELETION: self._deletion,
        }

    def __next__(self) -> Operation:
        self._operation += 1
        now_at = self._clock()
        if self._arrivals and self._arrivals[0].due_operation <= self._operation:
            return self._arrival(now_at)
        kind = self._rng.choices(_KINDS, cum_weights=self._cumulative_weights)[0]
        if kind is OperationKind.NEW_PAYMENT and self._waiting.is_full and self._mix.outcome > 0:
            kind = OperationKind.OUTCOME
        return self._makers[kind](now_at) or self._new_payment(now_at)

    def _new_payment(self, now_at: dt.datetime) -> Operation:
        if self._newcomers and self._rng.random() < NEW_MERCHANT_SHARE:
            merchant_id = self._rng.choice(self._newcomers).merchant_id
        else:
            merchant_id = self._draw_merchant_id()
        return self._begin(OperationKind.NEW_PAYMENT, merchant_id, now_at)

    def _new_merchant(self, now_at: dt.datetime) -> Operation:
        rng = self._rng
        merchant = Merchant(
            new_merchant_id(self._seed, len(self._newcomers) + 1),
            trading_name(rng),
            draw_cycle(rng),
            draw_reserve_bps(rng),
            now_at,
        )
        self._newcomers.append(merchant)
        operation = self._begin(OperationKind.NEW_MERCHANT, merchant.merchant_id, now_at)
        after_operations = rng.randint(*ARRIVAL_OPERATIONS)
        self._arrivals.append(
            _Arrival(self._operation + after_operations, operation.lane, merchant)
        )
        return operation

    def _begin(self, kind: OperationKind, merchant_id: str, now_at: dt.datetime) -> Operation:
        self._payment_serial += 1
        mode = draw_mode(self._rng)
        row = Transaction(
            live_txn_id(self._seed, self._payment_serial),
            merchant_id,
            draw_amount_paise(self._rng, mode),
            mode,
            business_date(now_at),
            UNSETTLED,
            "INITIATED" if self._rng.random() < INITIATED_SHARE else "PENDING",
            now_at,
            now_at,
        )
        self._waiting.join(Payment(self._payment_serial, row))
        return operations.new_payment(kind, self._payment_serial, row)

    def _outcome(self, now_at: dt.datetime) -> Operation | None:
        payment = self._waiting.leave(self._rng)
        if payment is None:
            return None
        before, status = payment.row, draw_status(self._rng)
        verdict = draw_verdict(self._rng, before.payment_mode, status)
        lead = dt.timedelta(milliseconds=self._rng.randrange(20, 900))
        after = payment.become(before._replace(status=status, updated_at=now_at))
        (self._captured if status == "SUCCESS" else self._failed).put(payment, self._rng)
        answer = None
        if verdict is not None:
            responded_at = max(now_at - lead, before.created_at)
            answer = GatewayAnswer(after.txn_id, *verdict, responded_at)
        return operations.outcome(payment.lane, before, after, answer)

    def _settlement(self, now_at: dt.datetime) -> Operation | None:
        return self._flip(OperationKind.SETTLEMENT, self._captured, self._settled, SETTLED, now_at)

    def _unsettlement(self, now_at: dt.datetime) -> Operation | None:
        kind = OperationKind.UNSETTLEMENT
        return self._flip(kind, self._settled, self._captured, UNSETTLED, now_at)

    def _flip(
        self, kind: OperationKind, source: Pool, sink: Pool, flag: str, now_at: dt.datetime
    ) -> Operation | None:
        payment = source.take(self._rng)
        if payment is None:
            return None
        before = payment.row
        after = payment.become(before._replace(is_settled=flag, updated_at=now_at))
        sink.put(payment, self._rng)
        return operations.change(kind, payment.lane, before, after)

    def _amount_correction(self, now_at: dt.datetime) -> Operation | None:
        payment = self._any_pool().pick(self._rng)
        if payment is None:
            return None
        before = payment.row
        amount_paise = draw_amount_paise(self._rng, before.payment_mode)
        amount_paise += amount_paise == before.amount_paise
        after = payment.become(before._replace(amount_paise=amount_paise, updated_at=now_at))
        return operations.change(OperationKind.AMOUNT_CORRECTION, payment.lane, before, after)

    def _merchant_correction(self, now_at: dt.datetime) -> Operation | None:
        payment, merchant_id = self._any_pool().pick(self._rng), self._draw_merchant_id()
        if payment is None or merchant_id == payment.row.merchant_code:
            return None
        before = payment.row
        after = payment.become(before._replace(merchant_code=merchant_id, updated_at=now_at))
        return operations.change(OperationKind.MERCHANT_CORRECTION, payment.lane, before, after)

    def _key_change(self, now_at: dt.datetime) -> Operation | None:
        payment = self._any_pool().pick(self._rng)
        if payment is None:
            return None
        before = payment.row
        payment.key_changes += 1
        txn_id = f"{live_txn_id(self._seed, payment.lane)}-R{payment.key_changes}"
        after = payment.become(before._replace(txn_id=txn_id, updated_at=now_at))
        return operations.key_change(payment.lane, before, after)

    def _deletion(self, _: dt.datetime) -> Operation | None:
        payment = self._any_pool().take(self._rng)
        return None if payment is None else operations.deletion(payment.lane, payment.row)

    def _merchant_change(self, now_at: dt.datetime) -> Operation:
        number = self._rng.randrange(len(self._merchants))
        merchant = self._merchants[number]._replace(updated_at=now_at)
        match self._rng.randrange(3):
            case 0:
                name = self._draw_other(trading_name, merchant.merchant_name)
                merchant = merchant._replace(merchant_name=name)
            case 1:
                cycle = self._draw_other(draw_cycle, merchant.settlement_cycle)
                merchant = merchant._replace(settlement_cycle=cycle)
            case _:
                reserve_bps = self._draw_other(draw_reserve_bps, merchant.reserve_bps)
                merchant = merchant._replace(reserve_bps=reserve_bps)
        self._merchants[number] = merchant
        return operations.merchant_change(number, merchant)

    def _arrival(self, now_at: dt.datetime) -> Operation:
        arrival = self._arrivals.popleft()
        merchant = arrival.merchant._replace(updated_at=now_at)
        return operations.merchant_arrival(arrival.lane, merchant)

    def _draw_other(self, draw: Callable[[Random], T], current: T) -> T:
        drawn = draw(self._rng)
        while drawn == current:
            drawn = draw(self._rng)
        return drawn

    def _draw_merchant_id(self) -> str:
        return self._world.draw_merchants(self._rng, 1)[0].merchant_id

    def _any_pool(self) -> Pool:
        pools = (self._captured, self._settled, self._failed)
        return self._rng.choices(pools, [len(pool) + 1 for pool in pools])[0]
