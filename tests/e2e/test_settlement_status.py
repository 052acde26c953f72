"""What stands in a live batch is settled, through the real chain, and what is released is not."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.proof.verify import verify
from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.books.agreed import Agreement, record_fee
from settlement_platform.settlement.books.dates import refresh_all
from settlement_platform.settlement.books.settling import settle_merchant
from settlement_platform.settlement.books.steps import Step, take_step
from settlement_platform.settlement.money import Fee
from settlement_platform.storage.writing import writing
from settlement_platform.streaming.cut_off import cut_off_seconds

if TYPE_CHECKING:
    from conftest import WaitFor

pytestmark = pytest.mark.e2e
BOUND_SECONDS = 240.0
ITEMS = 1_000
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
PAYMENTS = """
INSERT INTO transactions_to_settle
SELECT %(prefix)s || n, %(merchant)s, 100 + n, 'UPI', %(at)s::date, '0', 'SUCCESS', %(at)s, %(at)s
FROM generate_series(%(first)s::int, %(last)s::int) AS n
"""
STANDING = """
SELECT
  count(*) FILTER (WHERE status = 'SETTLED' AND settlement_batch_id = %(batch)s),
  count(*) FILTER (WHERE status = 'RECONCILED' AND settlement_batch_id IS NULL
    AND settled_at IS NULL AND paid_out_at IS NULL),
  count(*) FILTER (WHERE net_paise IS NOT NULL AND expected_settlement_date IS NOT NULL),
  count(paid_out_at)
FROM sp_v2_transactions WHERE merchant_id = %(merchant)s
"""
# From the batch's commit to each row's arrival, by V2's own clock: milliseconds.
LATENCIES = """
SELECT
  round(percentile_disc(share) WITHIN GROUP (
    ORDER BY extract(EPOCH FROM loaded_at - %(committed_at)s) * 1000))
FROM sp_v2_transactions, unnest(ARRAY[0.5, 0.99, 1.0]) AS share
WHERE merchant_id = %(merchant)s GROUP BY share ORDER BY share
"""
AGAINST_ITEMS = """
SELECT count(*)
FROM sp_v2_transactions AS done
JOIN sp_v2_settlement_items AS item USING (transaction_id)
WHERE done.merchant_id = %(merchant)s AND item.batch_id = %(batch)s
  AND (done.settled_at, done.fee_paise, done.gst_paise, done.reserve_hold_paise, done.net_paise,
    done.terms_id, done.fee_rate_id)
  = (item.settled_at, item.fee_paise, item.gst_paise, item.reserve_hold_paise, item.net_paise,
    item.terms_id, item.fee_rate_id)
"""
EARLY_BATCH = """
INSERT INTO sp_v2_settlement_batches (batch_id, merchant_id, cycle_date, state, item_count,
  gross_paise, fee_paise, gst_paise, reserve_held_paise, reserve_released_paise, adjustments_paise,
  net_paise, calculated_at, calculated_by)
VALUES (%(batch)s, %(merchant)s, CURRENT_DATE, 'CALCULATED', 2, 2000, 0, 0, 0, 0, 0, 2000,
  %(at)s, 'a test')
"""
EARLY_ITEM = """
INSERT INTO sp_v2_settlement_items (batch_id, transaction_id, merchant_id, due_date, amount_paise,
  fee_paise, gst_paise, reserve_hold_paise, net_paise, item_state, settled_at)
VALUES (%(batch)s, %(name)s, %(merchant)s, CURRENT_DATE, 1000, 0, 0, 0, 1000, 'LIVE', %(at)s)
"""


class Chain:
    """One merchant in the core, and V2's books."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.core = psycopg.connect(settings.core_dsn, autocommit=True)
        self.v2 = psycopg.connect(settings.v2_dsn, autocommit=True)
        self.merchant = f"M-{uuid.uuid4().hex[:8]}"
        self.batch: uuid.UUID | None = None
        self.committed_at: dt.datetime | None = None

    def known(self) -> None:
        self.core.execute(
            "INSERT INTO merchant_data VALUES (%s, 'Somebody', 'T+1', '5.00', clock_timestamp())",
            (self.merchant,),
        )
        with writing(self.settings.v2_owner_dsn) as v2:
            refresh_all(v2, NOW.date())

    def has_terms(self) -> bool:
        asked = "SELECT FROM sp_v2_terms_in_force WHERE merchant_id = %s"
        return self.v2.execute(asked, (self.merchant,)).fetchone() is not None

    def pay(self, prefix: str, first: int, last: int) -> None:
        values = {"prefix": prefix, "merchant": self.merchant, "first": first, "last": last}
        self.core.execute(PAYMENTS.encode(), values | {"at": NOW - dt.timedelta(days=7)})

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        values = {"merchant": self.merchant, "batch": self.batch, "committed_at": self.committed_at}
        return self.v2.execute(query.encode(), values).fetchall()

    def standing(self) -> tuple[int, int, int, int]:
        """Rows that stand in the batch, that wait for one, that can be settled, that are paid."""
        [(settled, waiting, known, paid)] = self.ask(STANDING)
        return settled, waiting, known, paid

    def settle(self) -> None:
        with writing(self.settings.v2_owner_dsn) as v2:
            made = settle_merchant(v2, self.merchant, NOW.date(), "a test")
            assert made is not None
            self._now(v2)
        self.batch = made.batch_id

    def step(self, *actions: Action, **more: Any) -> None:
        assert self.batch is not None
        for action in actions:
            with writing(self.settings.v2_owner_dsn) as v2:
                take_step(v2, self.batch, Step(action, "a test", **more))
                self._now(v2)

    def _now(self, v2: psycopg.Connection[tuple[Any, ...]]) -> None:
        """A moment before the commit: what is measured from here is rather too much."""
        [(self.committed_at,)] = v2.execute("SELECT clock_timestamp()").fetchall()

    def tell(self, what: str) -> None:
        p50, p99, last = (int(row[0]) for row in self.ask(LATENCIES))
        print(f"{what}: p50 {p50} ms, p99 {p99} ms, last {last} ms of {ITEMS:,} rows")


@pytest.fixture
def chain(stack_settings: Settings) -> Iterator[Chain]:
    found = Chain(stack_settings)
    yield found
    found.core.close()
    found.v2.close()


def test_a_batch_settles_its_transactions_and_a_cancelled_one_gives_them_back(
    chain: Chain, wait_for: WaitFor
) -> None:
    chain.known()
    wait_for(chain.has_terms, "the merchant has no terms in V2", BOUND_SECONDS)
    chain.pay(prefix := f"T-{uuid.uuid4().hex}-", 1, ITEMS)
    wait_for(
        lambda: chain.standing()[1:3] == (ITEMS, ITEMS),
        "the payments cannot be settled",
        BOUND_SECONDS,
    )
    for number in (1, 2, 3):
        chain.settle()
        wait_for(lambda: chain.standing()[0] == ITEMS, "they are not SETTLED", BOUND_SECONDS)
        chain.tell(f"batch {number} committed -> SETTLED")
        if number == 3:
            break
        chain.step(Action.CANCEL, reason="a test")
        wait_for(lambda: chain.standing()[1] == ITEMS, "they are still settled", BOUND_SECONDS)
        chain.tell(f"batch {number} cancelled -> RECONCILED")

    # Neither a correction nor the core's own word changes what a live batch settled.
    past = Agreement(NOW - dt.timedelta(days=30), None, "was agreed so", "alice")
    with writing(chain.settings.v2_owner_dsn) as v2:
        record_fee(v2, chain.merchant, None, Fee(77), past)
    chain.core.execute(
        "UPDATE transactions_to_settle SET is_settled = '1', updated_at = clock_timestamp()"
        " WHERE txn_id = %s",
        (f"{prefix}1",),
    )
    listed = "SELECT FROM sp_v2_restatements WHERE batch_id = %(batch)s AND reason = 'FEE'"
    wait_for(lambda: len(chain.ask(listed)) == ITEMS, "nobody is told of it", BOUND_SECONDS)
    assert chain.ask(AGAINST_ITEMS) == [(ITEMS,)]
    cut_off = cut_off_seconds()
    dsns = chain.settings.core_dsn, chain.settings.v2_dsn
    told = verify(*dsns, cut_off_seconds=cut_off).to_json()
    assert told["ok"], told

    chain.step(Action.SUBMIT, Action.APPROVE, Action.SEND)
    chain.step(Action.CREDIT, utr=f"UTR{uuid.uuid4().hex[:10].upper()}", value_date=NOW.date())
    wait_for(lambda: chain.standing()[3] == ITEMS, "they are not paid out", BOUND_SECONDS)
    chain.tell("batch 3 credited -> paid out")
    assert chain.standing()[0] == ITEMS
    told = verify(*dsns, cut_off_seconds=cut_off).to_json()
    assert told["ok"], told


def test_an_item_that_comes_before_its_payment_waits_for_it(
    chain: Chain, wait_for: WaitFor
) -> None:
    prefix, chain.batch = f"T-{uuid.uuid4().hex}-", uuid.uuid4()
    values = {"batch": chain.batch, "merchant": chain.merchant, "at": NOW}
    chain.pay(prefix, 1, 1)
    with writing(chain.settings.v2_owner_dsn) as v2:
        v2.execute(EARLY_BATCH.encode(), values)
        for number in (2, 1):
            v2.execute(EARLY_ITEM.encode(), values | {"name": f"{prefix}{number}"})
    # The second item has passed, so the first one has.
    wait_for(lambda: chain.standing()[0] == 1, "an item does not settle", BOUND_SECONDS)
    chain.pay(prefix, 2, 2)
    wait_for(lambda: chain.standing()[0] == 2, "an early item is forgotten", BOUND_SECONDS)
    chain.step(Action.CANCEL, reason="a test")
    wait_for(lambda: chain.standing()[1] == 2, "they are still settled", BOUND_SECONDS)
