"""A quarter of V2's books at random: money is conserved to the paisa, each merchant and each day.

The test is the stream: it writes payments with the terms and dates that V2 knows at their capture.
Beside V2 it keeps its own account of what has to be settled, and compares after each day.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.batches import Adjustment, AdjustmentKind
from settlement_platform.settlement.books.accounts import (
    add_adjustment,
    consume_reserve,
    read_adjustments,
    read_reserve,
)
from settlement_platform.settlement.books.agreed import (
    Agreement,
    record_fee,
    record_terms,
    timeline,
)
from settlement_platform.settlement.books.dates import current_calendar, declare, refresh_dates
from settlement_platform.settlement.books.settling import settle, submit_calculated
from settlement_platform.settlement.books.steps import Step, take_step
from settlement_platform.settlement.calendar import DAY, Declaration
from settlement_platform.settlement.holidays import Version, published
from settlement_platform.settlement.money import Bearer, Fee, Money, money_of
from settlement_platform.settlement.terms import terms_at

FIRST = dt.date(2026, 4, 6)
BUSINESS_DAYS, MORE_DAYS = 60, 12
MERCHANTS = [f"M{number:02}" for number in range(20)]
METHODS = ["UPI", "CARD", "NETBANKING", "EMI"]
HOLD_DAYS = 25
PAID = (Action.APPROVE, Action.SEND, Action.CREDIT)
LIVE = """SELECT item.transaction_id, item.merchant_id, batch.cycle_date, item.amount_paise,
  item.fee_paise, item.gst_paise, item.reserve_hold_paise, item.net_paise
  FROM sp_v2_settlement_items AS item JOIN sp_v2_settlement_batches AS batch USING (batch_id)
  WHERE batch.state NOT IN ('FAILED', 'CANCELLED')"""
MOVE = """UPDATE sp_v2_transactions SET expected_settlement_date = %s, source_lsn = source_lsn + 1
  WHERE transaction_id = %s"""


@dataclass
class Payment:
    """What the test knows of a payment. `told`: the date at its capture; `due`: the date now."""

    merchant: str
    capture_date: dt.date
    cycle_days: int
    money: Money
    told: dt.date
    due: dt.date
    settled_on: dt.date | None = None
    disturbed: bool = False


@dataclass
class World:
    """V2's books and the test's own account of them."""

    books: Any
    chance: random.Random
    v2: psycopg.Connection[tuple[Any, ...]]
    api: psycopg.Connection[tuple[Any, ...]]
    payments: dict[str, Payment] = field(default_factory=dict)
    refunded: Counter[str] = field(default_factory=Counter)
    undone: int = 0
    moved: int = 0

    def agree(self, day: dt.date, merchant: str) -> None:
        """New terms from a day on."""
        since = dt.datetime.combine(day, dt.time(), dt.UTC)
        terms = (self.chance.choice([1, 2, 3]), self.chance.choice([0, 500, 1_000]))
        agreement = Agreement(since, None, "agreed", "alice")
        with self.v2.transaction():
            assert all(
                one.before is None for one in record_terms(self.v2, merchant, *terms, agreement)
            )

    def capture(self, day: dt.date) -> None:
        """A day's payments, by the terms and dates that V2 has."""
        dates = {
            (row[0], row[1]): row[2]
            for row in self.v2.execute(
                "SELECT capture_date, cycle_days, expected_settlement_date "
                "FROM sp_v2_settlement_dates WHERE capture_date = %s",
                [day],
            )
        }
        at = dt.datetime.combine(day, dt.time(7), dt.UTC)
        for merchant in MERCHANTS:
            agreed = terms_at(timeline(self.v2, merchant), at).terms
            for number in range(self.chance.choice([0, 1, 2, 3])):
                method = self.chance.choice(METHODS)
                paise = self.chance.randint(1_000, 5_000_000)
                money = money_of(paise, agreed.fee_for(method), agreed.reserve_bps)
                due = dates[day, agreed.cycle_days]
                name = f"{day}-{merchant}-{number}"
                self.books.pay(name, money, merchant, due, at, method)
                self.payments[name] = Payment(merchant, day, agreed.cycle_days, money, due, due)

    def adjust(self, day: dt.date) -> None:
        """Refunds of parts of payments, and here and there a reversal of one."""
        for name in self.chance.sample(sorted(self.payments), min(6, len(self.payments))):
            payment = self.payments[name]
            room = payment.money.amount_paise - self.refunded[name]
            if room <= 0:
                continue
            paise = self.chance.randint(1, room)
            kind = self.chance.choice([AdjustmentKind.REFUND, AdjustmentKind.CHARGEBACK])
            identity = f"A-{day}-{name}"
            entry = Adjustment(identity, payment.merchant, kind, name, day, -paise)
            back = Adjustment(
                f"V-{identity}", payment.merchant, AdjustmentKind.REVERSAL, identity, day, paise
            )
            with self.v2.transaction():
                assert add_adjustment(self.v2, entry, "support")
                if self.chance.random() < 0.2:
                    assert add_adjustment(self.v2, back, "support")
                else:
                    self.refunded[name] += paise

    def consume(self, day: dt.date) -> None:
        """What one merchant owes is taken from its reserve, as far as that goes."""
        merchant = self.chance.choice(MERCHANTS)
        with self.v2.transaction():
            ledger = read_reserve(self.v2, merchant)
            free = sum(paise for hold, paise in ledger.remaining() if hold.credited)
            owed = [e for e in read_adjustments(self.v2, merchant) if e.outstanding_paise < 0]
            if owed and free:
                paise = min(free, -owed[0].outstanding_paise)
                name = owed[0].adjustment_id
                consume_reserve(self.v2, merchant, name, paise, day, "alice")

    def declare_holiday(self, day: dt.date, number: int) -> None:
        """A holiday that is declared late moves what is expected then; the stream follows."""
        at = published()[-1].declared_at + number * DAY
        version = published()[-1].version + number
        change = Declaration(version, at, "add", day, "IN-MH", "Polls", "Government", "polls")
        with self.v2.transaction():
            declare(self.v2, [Version(version, at, frozenset(), (change,))])
            moved = refresh_dates(self.v2, FIRST, FIRST + 130 * DAY).moved
            after = {(one.capture_date, one.cycle_days): one.after for one in moved}
            for name, payment in self.payments.items():
                key = (payment.capture_date, payment.cycle_days)
                if key in after and payment.settled_on is None:
                    payment.due, payment.disturbed = after[key], True
                    self.v2.execute(MOVE.encode(), (payment.due, name))
                    self.moved += 1

    def settle(self, day: dt.date) -> None:
        """A day's batches; most are paid, some fail or are cancelled, some of these run anew."""
        for _ in range(2):
            self._account(day, settle(self.books.dsn, day, "schedule", HOLD_DAYS))
            submit_calculated(self.books.dsn, day, "schedule")
            self._operate(day)
            if self.chance.random() < 0.5:
                break

    def _account(self, day: dt.date, made: list[Any]) -> None:
        merchants = {one.merchant_id for one in made}
        for payment in self.payments.values():
            if payment.settled_on is None and payment.due <= day:
                assert payment.merchant in merchants, payment
                payment.settled_on = day

    def _operate(self, day: dt.date) -> None:
        waiting = self.books.run(
            "SELECT batch_id, merchant_id, net_paise FROM sp_v2_settlement_batches "
            "WHERE cycle_date = %s AND state = 'PENDING_APPROVAL' ORDER BY merchant_id",
            [day],
        )
        for batch_id, merchant, net_paise in waiting:
            fate = self.chance.random()
            if fate < 0.06:
                done = self.chance.randint(0, 2)
                action = self.chance.choice([Action.FAIL, Action.CANCEL])
                self._take(batch_id, day, net_paise, *PAID[:done], action)
                self.undone += 1
                for payment in self.payments.values():
                    if (payment.merchant, payment.settled_on) == (merchant, day):
                        payment.settled_on, payment.disturbed = None, True
            else:
                self._take(batch_id, day, net_paise, *PAID)

    def _take(self, batch_id: uuid.UUID, day: dt.date, net_paise: int, *actions: Action) -> None:
        for action in actions:
            step = Step(
                action,
                "bob",
                reason="returned" if action in (Action.FAIL, Action.CANCEL) else None,
                utr="U" + batch_id.hex[:15].upper()
                if net_paise and action is Action.CREDIT
                else None,
                value_date=day if action is Action.CREDIT else None,
            )
            with self.api.transaction():
                take_step(self.api, batch_id, step)

    def compare(self, day: dt.date) -> None:
        """V2 has settled what the test's account has, to the paisa, for every merchant."""
        assert self.books.breaches() == [], day
        found: dict[str, Counter[str]] = defaultdict(Counter)
        wanted: dict[str, Counter[str]] = defaultdict(Counter)
        names = []
        for name, merchant, cycle_date, amount, fee, gst, hold, net in self.v2.execute(
            LIVE.encode()
        ):
            assert self.payments[name].settled_on == cycle_date
            found[merchant].update(amount=amount, fee=fee, gst=gst, hold=hold, net=net)
            names.append(name)
        for payment in self.payments.values():
            if payment.settled_on is not None:
                money = payment.money
                wanted[payment.merchant].update(
                    amount=money.amount_paise,
                    fee=money.fee_paise,
                    gst=money.gst_paise,
                    hold=money.reserve_hold_paise,
                    net=money.net_paise,
                )
        assert len(names) == len(set(names))
        assert found == wanted, day
        for merchant, sums in found.items():
            parts = sums["net"] + sums["fee"] + sums["gst"] + sums["hold"]
            assert sums["amount"] == parts, (merchant, day)


@pytest.fixture
def world(books: Any) -> Iterator[World]:
    """Merchants with terms and fees, and dates for the quarter."""
    chance = random.Random(1)
    with (
        psycopg.connect(books.dsn, autocommit=True) as v2,
        psycopg.connect(books.settings.v2_api_dsn, autocommit=True) as api,
    ):
        made = World(books, chance, v2, api)
        always = Agreement(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), None, "price list", "alice")
        with v2.transaction():
            record_fee(v2, None, None, Fee(190), always)
            record_fee(v2, None, "UPI", Fee(0), always)
            record_fee(v2, "M03", "CARD", Fee(150, 300), always)
            record_fee(v2, "M04", None, Fee(210, 0, Bearer.CUSTOMER), always)
        for merchant in MERCHANTS:
            made.agree(dt.date(2026, 1, 1), merchant)
        with v2.transaction():
            for cycle in (1, 2, 3):
                record_terms(v2, f"X{cycle}", cycle, 0, always)
            refresh_dates(v2, FIRST, FIRST + 130 * DAY)
        yield made


def test_a_quarter_ends_with_everything_paid_as_it_was_told(world: World) -> None:
    day, settled_days, holidays = FIRST, 0, 0
    while settled_days < BUSINESS_DAYS + MORE_DAYS:
        busy = settled_days < BUSINESS_DAYS
        if busy and world.chance.random() < 0.06:
            holidays += 1
            world.declare_holiday(day + world.chance.randint(1, 4) * DAY, holidays)
        if busy and world.chance.random() < 0.1:
            world.agree(day, world.chance.choice(MERCHANTS))
        is_business_day = current_calendar(world.v2).is_business_day(day)
        if is_business_day:
            world.settle(day)
        else:
            assert settle(world.books.dsn, day, "schedule", HOLD_DAYS) == []
        settled_days += is_business_day
        if busy:
            world.capture(day)
            world.adjust(day)
            world.consume(day)
        if is_business_day:
            world.compare(day)
        day += DAY

    assert world.undone > 20
    assert world.moved > 0
    assert all(one.settled_on is not None for one in world.payments.values())
    calm = [one for one in world.payments.values() if not one.disturbed]
    assert len(calm) > len(world.payments) / 2
    assert all(one.settled_on == one.told for one in calm)
    assert all(one.settled_on >= one.due for one in world.payments.values() if one.settled_on)
    bank_equals_the_account(world)


def bank_equals_the_account(world: World) -> None:
    """What left by the bank is what was earned, less what is still held or owed."""
    query = """SELECT merchant_id, sum(net_paise), sum(reserve_released_paise),
      sum(adjustments_paise) FROM sp_v2_settlement_batches
      WHERE state = 'CREDITED' GROUP BY merchant_id"""
    earned: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for payment in world.payments.values():
        earned[payment.merchant] += payment.money.net_paise
        held[payment.merchant] += payment.money.reserve_hold_paise
    rows = world.books.run(query)
    released_of = {row[0]: int(row[2]) for row in rows}
    assert sum(released_of.values()) > 0
    for merchant, net, released, adjusted in rows:
        assert net == earned[merchant] + released + adjusted
        ledger = read_reserve(world.v2, merchant)
        consumed = sum(one.amount_paise for one in ledger.consumed)
        assert ledger.balance_paise == held[merchant] - released - consumed
        applied = sum(entry.applied_paise for entry in read_adjustments(world.v2, merchant))
        assert applied == adjusted - consumed
