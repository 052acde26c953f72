"""The past: days of payments, each in its final state, made from a seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import NamedTuple

from settlement_platform.contracts.scalars import business_date
from settlement_platform.simulator.gateways import draw_verdict
from settlement_platform.simulator.outcomes import draw_delay_seconds, draw_status
from settlement_platform.simulator.rhythm import WEEKDAY_WEIGHTS, draw_seconds, share_before
from settlement_platform.simulator.rows import (
    SETTLED,
    UNSETTLED,
    GatewayAnswer,
    Merchant,
    Transaction,
    day_start_at,
    history_txn_id,
)
from settlement_platform.simulator.world import cycle_days, draw_amount_paise, draw_mode, world

CHUNK_ROWS = 10_000
LATE_SHARE = 0.01
"""Captured payments that are still unsettled although their settlement day has passed."""
GROWTH = 0.3
"""How much more the last day sees than the first, before weekday and chance."""
INITIATED_SECONDS = 90.0
"""An open payment younger than this is INITIATED, an older one PENDING."""
PAYOUT_OPENS_SECONDS = 10 * 3_600
PAYOUT_SPREAD_SECONDS = 2 * 3_600 - 60


@dataclass
class Chunk:
    """Rows of the three tables; `transactions` in order of created_at across chunks."""

    merchants: list[Merchant] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    answers: list[GatewayAnswer] = field(default_factory=list)


class _Draft(NamedTuple):
    """A payment as it begins."""

    txn_id: str
    merchant: Merchant
    amount_paise: int
    payment_mode: str
    txn_date: dt.date
    created_at: dt.datetime


def history(
    seed: int, transactions: int, days: int, until: dt.datetime, chunk_rows: int = CHUNK_ROWS
) -> Iterator[Chunk]:
    """The rows of `days` business dates that end at the instant `until`, in chunks.

    Exactly `transactions` payments; the first chunk brings the merchants. Raises ValueError if
    `days` is below 1, or `until` has no time zone.
    """
    if days < 1 or transactions < 0:
        raise ValueError(f"a history has days and payments, not {days} and {transactions}")
    if until.tzinfo is None:
        raise ValueError("until needs a time zone")
    past = _Past(seed, until.astimezone(dt.UTC))
    chunk = Chunk(merchants=list(past.world.merchants))
    for day_date, count in past.plan(transactions, days):
        for draft in past.drafts(day_date, count):
            row, answer = past.finish(draft)
            chunk.transactions.append(row)
            if answer is not None:
                chunk.answers.append(answer)
            if len(chunk.transactions) >= chunk_rows:
                yield chunk
                chunk = Chunk()
    if chunk.merchants or chunk.transactions:
        yield chunk


class _Past:
    """Draws payments one after the other; the order of the draws is part of the seed's meaning."""

    def __init__(self, seed: int, until: dt.datetime) -> None:
        self.world = world(seed)
        self._seed = seed
        self._until = until
        self._last_date = business_date(until - dt.timedelta(microseconds=1))
        self._rng = Random(f"history:{seed}")
        self._serial = 0

    def plan(self, transactions: int, days: int) -> list[tuple[dt.date, int]]:
        """How many payments each business date gets."""
        dates = [self._last_date - dt.timedelta(days=back) for back in range(days - 1, -1, -1)]
        weights = [
            WEEKDAY_WEIGHTS[day.weekday()]
            * (1 + GROWTH * number / days)
            * self._rng.uniform(0.94, 1.06)
            * share_before(self._end_second(day))
            for number, day in enumerate(dates)
        ]
        total, running, given, plan = sum(weights), 0.0, 0, []
        for day, weight in zip(dates, weights, strict=True):
            running += weight
            count = round(transactions * running / total) - given
            given += count
            plan.append((day, count))
        return plan

    def drafts(self, day_date: dt.date, count: int) -> Iterator[_Draft]:
        """The payments that are begun on one business date, in order."""
        rng, start_at = self._rng, day_start_at(day_date)
        seconds = draw_seconds(rng, count, self._end_second(day_date))
        merchants = self.world.draw_merchants(rng, count)
        for second, merchant in zip(seconds, merchants, strict=True):
            self._serial += 1
            mode = draw_mode(rng)
            yield _Draft(
                history_txn_id(self._seed, self._serial),
                merchant,
                draw_amount_paise(rng, mode),
                mode,
                day_date,
                start_at + dt.timedelta(microseconds=int(second * 1e6)),
            )

    def finish(self, draft: _Draft) -> tuple[Transaction, GatewayAnswer | None]:
        """What became of a payment by `until`."""
        status = draw_status(self._rng)
        delay_seconds = draw_delay_seconds(self._rng, status)
        verdict = draw_verdict(self._rng, draft.payment_mode, status)
        answer_lead_seconds = self._rng.uniform(0.02, 0.9) * min(delay_seconds, 1.0)
        late = self._rng.random() < LATE_SHARE
        ended_at = draft.created_at + dt.timedelta(seconds=delay_seconds)
        if ended_at > self._until:
            return self._open(draft), None
        row = _row(draft, status, UNSETTLED, ended_at)
        if status == "SUCCESS" and not late:
            settled_at = self._settled_at(draft, ended_at)
            if settled_at <= self._until:
                row = _row(draft, status, SETTLED, settled_at)
        if verdict is None:
            return row, None
        responded_at = ended_at - dt.timedelta(seconds=answer_lead_seconds)
        return row, GatewayAnswer(draft.txn_id, *verdict, responded_at)

    def _open(self, draft: _Draft) -> Transaction:
        age_seconds = (self._until - draft.created_at).total_seconds()
        if age_seconds < INITIATED_SECONDS:
            return _row(draft, "INITIATED", UNSETTLED, draft.created_at)
        pending_at = draft.created_at + dt.timedelta(seconds=self._rng.uniform(0.5, 5.0))
        return _row(draft, "PENDING", UNSETTLED, pending_at)

    def _settled_at(self, draft: _Draft, ended_at: dt.datetime) -> dt.datetime:
        """T+0 within the hour; else from 10:00 to 12:00 of the day, a merchant's rows at once."""
        days = cycle_days(draft.merchant.settlement_cycle)
        if days == 0:
            return ended_at + dt.timedelta(seconds=self._rng.uniform(600, 2_400))
        payout_date = settlement_date(draft.txn_date, days)
        payout_at = _payout_at(self._seed, draft.merchant.merchant_id, payout_date)
        return payout_at + dt.timedelta(milliseconds=self._rng.randrange(60_000))

    def _end_second(self, day_date: dt.date) -> float:
        if day_date < self._last_date:
            return 86_400.0
        return (self._until - day_start_at(day_date)).total_seconds()


def _row(draft: _Draft, status: str, is_settled: str, updated_at: dt.datetime) -> Transaction:
    return Transaction(
        draft.txn_id,
        draft.merchant.merchant_id,
        draft.amount_paise,
        draft.payment_mode,
        draft.txn_date,
        is_settled,
        status,
        draft.created_at,
        updated_at,
    )


@lru_cache(maxsize=4_096)
def settlement_date(txn_date: dt.date, days: int) -> dt.date:
    """The Nth day after a payment that is no Sunday and no second or fourth Saturday.

    The simulated core knows no bank holidays.
    """
    day_date = txn_date
    while days > 0:
        day_date += dt.timedelta(days=1)
        is_bank_saturday = day_date.weekday() == 5 and (day_date.day - 1) // 7 in (1, 3)
        if day_date.weekday() != 6 and not is_bank_saturday:
            days -= 1
    return day_date


@lru_cache(maxsize=65_536)
def _payout_at(seed: int, merchant_id: str, payout_date: dt.date) -> dt.datetime:
    """When the core settles one merchant on one day; the same for all of that merchant's rows."""
    rng = Random(f"payout:{seed}:{merchant_id}:{payout_date}")
    second = PAYOUT_OPENS_SECONDS + rng.randrange(PAYOUT_SPREAD_SECONDS)
    return day_start_at(payout_date) + dt.timedelta(seconds=second)
