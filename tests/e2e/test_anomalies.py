"""Detection, examined: what is found of planted anomalies on the real chain, and how soon."""

from __future__ import annotations

import datetime as dt
import statistics
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from settlement_platform.config import Settings
from settlement_platform.contracts.scalars import business_date
from settlement_platform.settlement.batch_states import Action
from settlement_platform.settlement.batches import Adjustment, AdjustmentKind
from settlement_platform.settlement.books.accounts import add_adjustment
from settlement_platform.settlement.books.agreed import Agreement, record_fee
from settlement_platform.settlement.books.dates import refresh_all
from settlement_platform.settlement.books.settling import settle_merchant
from settlement_platform.settlement.books.steps import Step, take_step
from settlement_platform.settlement.calendar import ZONE
from settlement_platform.settlement.money import Fee
from settlement_platform.simulator.anomalies import Label, exam
from settlement_platform.simulator.core_writer import ensure_merchants, write_chunk
from settlement_platform.simulator.rows import day_start_at
from settlement_platform.storage.writing import writing

if TYPE_CHECKING:
    from conftest import WaitFor

# What it puts into the core is in no answer key: after those who count it.
pytestmark = [pytest.mark.e2e, pytest.mark.turn(1)]
BOUND_SECONDS = 180.0
LEAST = 0.95
HOLDING = """
SELECT rule, subject, window_start_at FROM sp_v2_anomalies
WHERE holds AND (merchant_id LIKE %(mine)s OR subject LIKE %(mine)s)
"""
ALL_OF_IT = "SELECT count(*) FROM sp_v2_transactions WHERE merchant_id LIKE %(mine)s"
IN_CUBE = """
SELECT COALESCE(sum(attempted_count), 0) FROM sp_v2_realtime_aggregates
WHERE bucket_grain = 'HOUR' AND merchant_id LIKE %(mine)s
"""
HAVE_TERMS = """
SELECT count(DISTINCT merchant_id) FROM sp_v2_terms_in_force WHERE merchant_id LIKE %(mine)s
"""
DATED = """
SELECT count(*) = count(expected_settlement_date) FROM sp_v2_transactions
WHERE captured_at IS NOT NULL AND merchant_id LIKE %(mine)s
"""
DUE = """
SELECT DISTINCT expected_settlement_date FROM sp_v2_transactions
WHERE merchant_id = %s AND transaction_date = %s AND captured_at IS NOT NULL
"""
ONE_PAYMENT = """
SELECT transaction_id FROM sp_v2_transactions
WHERE merchant_id = %s AND captured_at IS NOT NULL LIMIT 1
"""
# From the commit that made it true, which is the last that it counts in: nothing more comes.
FOUND_AFTER = """
SELECT extract(EPOCH FROM raised_at - source_committed_at) FROM sp_v2_anomalies
WHERE holds AND subject = %s
"""
BEAT = "UPDATE settlement_canary SET beat_at = %s"
PAY = """
INSERT INTO transactions_to_settle VALUES (%s, %s, 777.77, 'UPI', %s, '0', 'SUCCESS',
  clock_timestamp(), clock_timestamp())
"""
FAIL = """
UPDATE transactions_to_settle SET status = 'FAILED', updated_at = clock_timestamp()
WHERE txn_id = ANY(%s)
"""


class Examination:
    """One exam on one stack."""

    def __init__(self, settings: Settings, wait: Callable[..., None], seed: int) -> None:
        self.settings = settings
        self.wait = wait
        self.today = business_date(dt.datetime.now(dt.UTC))
        self.exam = exam(seed, self.today)
        self.mine = f"EX{seed:04d}-%"
        self.core = psycopg.connect(settings.core_dsn, autocommit=True)
        self.v2 = psycopg.connect(settings.v2_dsn, autocommit=True)
        self.labels = set(self.exam.labels)

    def one(self, query: str) -> Any:
        [(value,)] = self.v2.execute(query.encode(), {"mine": self.mine}).fetchall()
        return value

    def found(self) -> set[Label]:
        rows = self.v2.execute(HOLDING.encode(), {"mine": self.mine}).fetchall()
        return {Label(*row) for row in rows}

    def say(self) -> str:
        found = self.found()
        return f"missed {sorted(self.labels - found)}, false {sorted(found - self.labels)}"

    def await_rows(self, count: int) -> None:
        def there() -> bool:
            return bool(self.one(ALL_OF_IT) == count and self.one(IN_CUBE) == count)

        self.wait(there, lambda: f"{self.one(ALL_OF_IT)} of {count} rows", BOUND_SECONDS)

    def past(self) -> None:
        """The days before, with their terms: what is usual."""
        with writing(self.settings.v2_owner_dsn) as v2:
            refresh_all(v2, self.today)
        past = self.exam.past
        ensure_merchants(self.core, past.merchants)
        merchants = len(past.merchants)
        self.wait(lambda: self.one(HAVE_TERMS) == merchants, "no terms", BOUND_SECONDS)
        write_chunk(self.core, past)
        self.await_rows(len(past.transactions))
        self.wait(lambda: bool(self.one(DATED)), "payments without a promise", BOUND_SECONDS)

    def day(self) -> None:
        """The last day: quiet for some, not for others."""
        write_chunk(self.core, self.exam.day)
        self.await_rows(len(self.exam.past.transactions) + len(self.exam.day.transactions))
        self.core.execute(BEAT.encode(), (self.exam.ended,))

    def refunds(self) -> None:
        """Many of one merchant, and two of another."""
        now = dt.datetime.now(ZONE)
        hour_at = now.replace(minute=0, second=0, microsecond=0).astimezone(dt.UTC)
        many, few = self.exam.late[0], self.exam.late[1]
        for name, count in ((many, 12), (few, 2)):
            [(origin,)] = self.v2.execute(ONE_PAYMENT.encode(), (name,)).fetchall()
            with writing(self.settings.v2_owner_dsn) as v2:
                for _ in range(count):
                    refund = Adjustment(
                        uuid.uuid4().hex, name, AdjustmentKind.REFUND, origin, self.today, -100
                    )
                    add_adjustment(v2, refund, "a test")
        self.labels.add(Label("refund_burst", many, hour_at))

    def fees(self) -> uuid.UUID:
        """Two merchants are settled; what was agreed with one turns out to be otherwise."""
        batches = []
        for name in self.exam.late[2:]:
            with writing(self.settings.v2_owner_dsn) as v2:
                made = settle_merchant(v2, name, self.today, "a test")
                assert made is not None
                batches.append(made.batch_id)
        past = Agreement(day_start_at(self.exam.late_date), None, "was agreed so", "asha")
        with writing(self.settings.v2_owner_dsn) as v2:
            record_fee(v2, self.exam.late[2], None, Fee(77), past)
        label = Label("fee_mismatch", str(batches[0]), day_start_at(self.today))
        self.labels.add(label)
        return batches[0]

    def overdue(self) -> None:
        for name in self.exam.late[:2]:
            [(due,)] = self.v2.execute(DUE.encode(), (name, self.exam.late_date)).fetchall()
            self.labels.add(Label("settlement_overdue", name, day_start_at(due)))

    def overdue_of(self, names: tuple[str, ...]) -> list[Label]:
        return [
            one for one in self.found() if one.rule == "settlement_overdue" and one.subject in names
        ]

    def live_burst(self, name: str) -> float:
        """Seconds from the commit that makes a burst of charges to its finding in V2."""
        names = [f"{self.mine[:-1]}L{uuid.uuid4().hex}" for _ in range(5)]
        for txn_id in names:
            self.core.execute(PAY.encode(), (txn_id, name, self.today))
        subject = f"{name} UPI 77777"

        def is_found() -> bool:
            return any(one.subject == subject for one in self.found())

        self.wait(is_found, "a burst is not found", BOUND_SECONDS)
        [(took,)] = self.v2.execute(FOUND_AFTER.encode(), (subject,)).fetchall()
        self.core.execute(FAIL.encode(), (names,))
        self.wait(lambda: not is_found(), "failed, and still a duplicate", BOUND_SECONDS)
        return float(took)


@pytest.fixture
def examination(stack_settings: Settings, wait_for: WaitFor) -> Iterator[Examination]:
    found = Examination(stack_settings, wait_for, 1)
    yield found
    found.core.close()
    found.v2.close()


def test_what_is_planted_is_found_and_nothing_else(
    examination: Examination, capsys: pytest.CaptureFixture[str]
) -> None:
    sitting = examination
    sitting.past()
    sitting.day()
    sitting.refunds()
    batch_id = sitting.fees()
    sitting.overdue()
    sitting.wait(lambda: sitting.labels <= sitting.found(), sitting.say, BOUND_SECONDS)
    # Who is paid late was overdue until then: the next minute takes that back.
    paid = sitting.exam.late[2:]
    sitting.wait(lambda: not sitting.overdue_of(paid), "paid, and overdue", BOUND_SECONDS)
    found = sitting.found()
    right = found & sitting.labels
    precision, recall = len(right) / len(found), len(right) / len(sitting.labels)
    with capsys.disabled():
        print(
            f"\nanomalies: {len(sitting.labels)} planted, {len(found)} found, "
            f"precision {precision:.3f}, recall {recall:.3f}"
        )
    assert precision >= LEAST, sitting.say()
    assert recall >= LEAST, sitting.say()
    quiet = sitting.exam.quiet
    assert not [one for one in found if one.subject.startswith(quiet)]

    seconds = [sitting.live_burst(name) for name in quiet[:5]]
    with capsys.disabled():
        print(f"found after: p50 {statistics.median(seconds):.3f} s, last {max(seconds):.3f} s")

    # What is corrected is found no more: a burst that failed, a batch that is cancelled.
    label, names = next(iter(sitting.exam.bursts.items()))
    sitting.core.execute(FAIL.encode(), (names[1:],))
    with writing(sitting.settings.v2_owner_dsn) as v2:
        take_step(v2, batch_id, Step(Action.CANCEL, "a test", reason="other fees"))
    gone = {label, *(one for one in sitting.labels if one.rule == "fee_mismatch")}
    sitting.wait(lambda: not gone & sitting.found(), sitting.say, BOUND_SECONDS)
