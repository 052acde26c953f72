"""V2's books over a database of the test's own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.books.dates import declare
from settlement_platform.settlement.books.laws import LAWS, breaches
from settlement_platform.settlement.books.settling import MadeBatch, settle
from settlement_platform.settlement.books.steps import BatchRow, Step, take_step
from settlement_platform.settlement.conservation import Breach
from settlement_platform.settlement.holidays import published
from settlement_platform.settlement.money import Fee, Money, money_of
from settlement_platform.storage.writing import writing

TODAY = dt.date(2026, 3, 5)
PAYMENT = """
INSERT INTO sp_v2_transactions (transaction_id, merchant_id, amount_paise, payment_method,
  transaction_date, source_type, status, created_at, captured_at, reconciled_at,
  expected_settlement_date, fee_paise, gst_paise, reserve_hold_paise, net_paise,
  source_lsn, gateway_lsn, source_committed_at)
VALUES (%(name)s, %(merchant)s, %(amount_paise)s, %(method)s, %(day)s, 'SABPAISA_STREAM',
  'RECONCILED', %(at)s, %(at)s, %(at)s, %(due)s, %(fee_paise)s, %(gst_paise)s,
  %(reserve_hold_paise)s, %(net_paise)s, 10, 0, %(at)s)
"""


class Books:
    """V2 as its owner, filled as the stream would fill it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.dsn = settings.v2_owner_dsn
        self._connection = psycopg.connect(self.dsn, autocommit=True)

    def run(self, statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """One statement, committed; its rows."""
        done = self._connection.execute(statement.encode(), parameters)
        return list(done.fetchall()) if done.description else []

    def pay(
        self,
        name: str,
        money: Money | int,
        merchant: str = "M1",
        due: dt.date = TODAY,
        at: dt.datetime | None = None,
        method: str = "CARD",
    ) -> Money:
        """A captured payment; of an amount alone: 200 bps fee, 500 bps reserve."""
        if isinstance(money, int):
            money = money_of(money, Fee(200), 500)
        at = at or dt.datetime.combine(due, dt.time(6), dt.UTC) - dt.timedelta(days=2)
        values = vars(money) | {"name": name, "merchant": merchant, "due": due, "at": at}
        values |= {"day": at.date(), "net_paise": money.net_paise, "method": method}
        with self._connection.cursor() as cursor:
            cursor.execute(PAYMENT.encode(), values)
        return money

    def settle(self, day: dt.date = TODAY) -> list[MadeBatch]:
        """Batches of a day."""
        return settle(self.dsn, day, "schedule")

    def step(self, batch_id: uuid.UUID, action: Action, **more: Any) -> BatchRow:
        """One step by the API's role, with what it needs unless it is said."""
        needed: dict[str, Any] = {}
        if action is Action.CREDIT:
            needed = {"utr": "UTR" + batch_id.hex[:10].upper(), "value_date": TODAY}
        elif action in (Action.FAIL, Action.CANCEL):
            needed = {"reason": "a test"}
        values: dict[str, Any] = {"actor": "alice"} | needed | more
        dsn = self.dsn if action is Action.SUBMIT else self.settings.v2_api_dsn
        with writing(dsn) as v2:
            return take_step(v2, batch_id, Step(action, **values))

    def walk(self, batch_id: uuid.UUID, *actions: Action) -> BatchRow:
        """Several steps; the batch after the last."""
        return [self.step(batch_id, action) for action in actions][-1]

    def breaches(self) -> list[Breach]:
        """Where a law does not hold."""
        with writing(self.settings.v2_dsn) as v2:
            return [found for law in LAWS for found in breaches(v2, law)]

    def events(self) -> list[tuple[Any, ...]]:
        """Topic and value of what is to be published, as it was entered."""
        return self.run("SELECT type, payload FROM sp_v2_outbox ORDER BY occurred_at, type")

    def end(self) -> None:
        """Let go of V2."""
        self._connection.close()


@pytest.fixture
def books(own_v2: Settings) -> Iterator[Books]:
    """Empty books that know the holidays."""
    found = Books(own_v2)
    with writing(found.dsn) as v2:
        declare(v2, published())
    yield found
    found.end()
