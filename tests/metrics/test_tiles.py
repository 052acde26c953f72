"""The nine tiles over a real V2, held against a computation of their own and against each other."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from settlement_platform.contracts.scalars import BUSINESS_ZONE
from settlement_platform.contracts.scalars import business_date as day_of
from settlement_platform.contracts.tiles import (
    CAPTURE_EDGES_SECONDS,
    PAYOUT_EDGES_SECONDS,
    SETTLE_EDGES_SECONDS,
)
from settlement_platform.metrics.captured import Captured
from settlement_platform.metrics.cohort import Cohort, parameters
from settlement_platform.metrics.failures import Failures
from settlement_platform.metrics.funnel import STAGES, Funnel
from settlement_platform.metrics.gmv_trend import GmvTrend
from settlement_platform.metrics.metric import NOTHING, CountAndAmount, mean, rates
from settlement_platform.metrics.payment_methods import PaymentMethods
from settlement_platform.metrics.rate_performance import RatePerformance
from settlement_platform.metrics.reading import (
    Grain,
    Part,
    Reading,
    reading,
    reading_statement,
)
from settlement_platform.metrics.settled import Settled, SettledNet
from settlement_platform.metrics.settlement_rate import MatureRate, OnTimeRate, SettlementRate
from settlement_platform.metrics.settlement_time import SettlementTime
from settlement_platform.metrics.unsettled import Unsettled, UnsettledClasses

if TYPE_CHECKING:
    from conftest import Payment, World

QUESTIONS = 60
DAY = dt.timedelta(days=1)
ZONE = ZoneInfo(BUSINESS_ZONE)


def ask(v2: Engine, cohort: Cohort, grain: Grain = Grain.DAY) -> Reading:
    """Everything about a cohort, in one snapshot."""
    with v2.connect() as connection:
        return reading(
            connection.execute(
                reading_statement(cohort, list(Part), grain), parameters(cohort)
            ).one()
        )


def amount(payments: Iterable[Payment]) -> CountAndAmount:
    """Count and amount, one by one."""
    some = list(payments)
    return CountAndAmount(len(some), sum(one["amount_paise"] for one in some))


def is_mature(one: Payment, today: dt.date) -> bool:
    """Whether its expected date has passed."""
    expected = one["expected_settlement_date"]
    return expected is not None and expected < today


def is_on_time(one: Payment) -> bool:
    """Whether the promise was kept."""
    return bool(day_of(one["paid_out_at"]) <= one["expected_settlement_date"])


def below(spans: list[dt.timedelta], edges: tuple[int, ...], percent: int) -> int | None:
    """The first edge that so many of the durations are below."""
    for edge in edges:
        count = sum(1 for span in spans if span < dt.timedelta(seconds=edge))
        if spans and count * 100 >= len(spans) * percent:
            return edge
    return None


def test_tiles_are_what_their_payments_say_under_any_filter_window_and_instant(
    v2: Engine, world: World
) -> None:
    rng = random.Random(66)
    for _ in range(QUESTIONS):
        cohort, payments, at = world.cohort(rng)
        read, rows, today = ask(v2, cohort), world.selected(payments, cohort), day_of(at)
        assert read.today == today, cohort
        captured, settled = world.stage(rows, "captured"), world.stage(rows, "settled")
        assert Captured.fold(read) == amount(captured), cohort
        assert Settled.fold(read) == amount(settled), cohort
        nets = [one["net_paise"] for one in settled]
        assert SettledNet.fold(read) == (None if None in nets else sum(nets))
        unsettled = [one for one in captured if not world.stage([one], "settled")]
        assert Unsettled.fold(read) == amount(unsettled)
        waiting = world.stage(unsettled, "reconciled")
        dates = {id(one): one["expected_settlement_date"] for one in waiting}
        classes = UnsettledClasses.fold(read)
        assert classes.awaiting_reconciliation == amount(unsettled) - amount(waiting)
        for found, wanted in (
            (classes.not_yet_due, lambda due, today: due is not None and due > today),
            (classes.due_today, lambda due, today: due == today),
            (classes.overdue, lambda due, today: due is not None and due < today),
            (classes.without_date, lambda due, _: due is None),
        ):
            assert found == amount(one for one in waiting if wanted(dates[id(one)], today)), cohort
        mature = [one for one in captured if is_mature(one, today)]
        assert MatureRate.fold(read) == rates(
            amount(world.stage(mature, "settled")), amount(mature)
        )
        if world.stage(rows, "paid_out"):
            on_time = amount(one for one in world.stage(mature, "paid_out") if is_on_time(one))
            assert OnTimeRate.fold(read) == rates(on_time, amount(mature))


def test_times_are_those_of_the_settled_payments(v2: Engine, world: World) -> None:
    rng = random.Random(4)
    for _ in range(QUESTIONS // 2):
        cohort, payments, at = world.cohort(rng)
        read, rows = ask(v2, cohort), world.selected(payments, cohort)
        settled = world.stage(rows, "settled")
        waits = [one["settled_at"] - one["captured_at"] for one in settled]
        found = SettlementTime.fold(read)
        assert found.mean_seconds == mean(
            sum(span // dt.timedelta(seconds=1) for span in waits), len(waits)
        )
        assert found.p50_below_seconds == below(waits, SETTLE_EDGES_SECONDS, 50)
        assert found.p90_below_seconds == below(waits, SETTLE_EDGES_SECONDS, 90)
        promised = [one for one in settled if one["expected_settlement_date"] is not None]
        late = [
            (day_of(one["settled_at"]) - one["expected_settlement_date"]).days for one in promised
        ]
        if promised:
            assert found.late_count == sum(1 for days in late if days > 0)
            assert found.late_days == sum(days for days in late if days > 0)
        else:
            assert found.late_count is None
        # Cells know the stages of their payments only together: a day may be named for its cell.
        unsettled = [
            one for one in world.stage(rows, "captured") if not world.stage([one], "settled")
        ]
        oldest = min((one["transaction_date"] for one in unsettled), default=None)
        assert found.oldest_unsettled_date == oldest
        assert found.oldest_unsettled_days == (oldest and (day_of(at) - oldest).days)
        medians = {one.stage: one.median_below_seconds for one in Funnel.fold(read)}
        took = [one["captured_at"] - one["created_at"] for one in world.stage(rows, "captured")]
        assert medians["captured"] == below(took, CAPTURE_EDGES_SECONDS, 50)
        took = [one["paid_out_at"] - one["settled_at"] for one in world.stage(rows, "paid_out")]
        assert medians["paid_out"] == below(took, PAYOUT_EDGES_SECONDS, 50)


def test_methods_stages_and_reasons_add_up_to_the_cohort(v2: Engine, world: World) -> None:
    rng = random.Random(5)
    for _ in range(QUESTIONS):
        cohort, payments, _ = world.cohort(rng)
        read, rows = ask(v2, cohort), world.selected(payments, cohort)
        captured = Captured.fold(read)
        classes = UnsettledClasses.fold(read)
        parts = (
            Settled.fold(read), classes.awaiting_reconciliation, classes.not_yet_due,
            classes.due_today, classes.overdue, classes.without_date,
        )  # fmt: skip
        assert sum(parts, NOTHING) == captured
        methods = PaymentMethods.fold(read)
        assert sum((one.captured for one in methods), NOTHING) == captured
        for method in methods:
            own = [
                one
                for one in world.stage(rows, "captured")
                if method.payment_method
                in ("OTHER" if one["payment_method"] in ("BNPL", "upi") else one["payment_method"],)
            ]
            assert method.captured == amount(own)
            priced = [one for one in own if one["fee_paise"] is not None]
            fees = sum(one["fee_paise"] for one in priced)
            assert (
                method.effective_fee_bps
                == rates(CountAndAmount(0, fees), amount(priced)).by_value_bps
            )
        funnel = Funnel.fold(read)
        assert [one.value for one in funnel] == [amount(world.stage(rows, name)) for name in STAGES]
        for before, after in pairwise(funnel):
            assert after.value.count <= before.value.count
            assert after.value.amount_paise <= before.value.amount_paise
        shares = [one.share_of_captured.by_value_bps for one in funnel[1:]]
        assert all(share is None or share <= 10_000 for share in shares)
        failures = Failures.fold(read)
        assert failures.failed == amount(world.stage(rows, "failed"))
        assert {(one.failure_code, one.failure_owner): one.failed for one in failures.reasons} == {
            reason: amount(
                one
                for one in world.stage(rows, "failed")
                if (one["failure_code"], one["failure_owner"]) == reason
            )
            for reason in {
                (one["failure_code"], one["failure_owner"]) for one in world.stage(rows, "failed")
            }
        }
        rate = SettlementRate.fold(read).by_count_bps
        assert rate is None or 0 <= rate <= 10_000


@pytest.mark.parametrize("grain", list(Grain))
def test_buckets_add_up_to_the_window(v2: Engine, world: World, grain: Grain) -> None:
    rng = random.Random(7)
    for _ in range(QUESTIONS // 3):
        cohort, payments, _ = world.cohort(rng)
        read, rows = ask(v2, cohort, grain), world.selected(payments, cohort)
        if grain is Grain.DAY:
            points = GmvTrend.fold_days(read, cohort.window)
        else:
            points = GmvTrend.fold(read)
        for name in ("captured", "settled", "paid_out", "failed"):
            parts = [getattr(point, name) for point in points]
            assert sum(parts, NOTHING) == amount(world.stage(rows, name)), (cohort, name)
        if grain is Grain.DAY:
            for point in points:
                own = (one for one in rows if one["transaction_date"] == point.start)
                assert point.captured == amount(world.stage(own, "captured"))


def test_rolling_spans_hold_the_payments_that_were_begun_in_them(v2: Engine, world: World) -> None:
    rng = random.Random(8)
    for _ in range(QUESTIONS):
        cohort, payments, at = world.cohort(rng)
        found = {one.span: one for one in RatePerformance.fold(ask(v2, cohort))}
        rows = world.passing(payments, cohort.filters)
        local, today = at.astimezone(ZONE), day_of(at)
        hour = local.replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=23)
        minute = local.replace(second=0, microsecond=0) - dt.timedelta(minutes=59)
        for span, begin in (("last_hour", minute), ("last_24_hours", hour)):
            own = [one for one in rows if one["created_at"] >= begin]
            assert found[span].captured == amount(world.stage(own, "captured")), (cohort, span)
            assert found[span].settlement_rate == rates(
                amount(world.stage(own, "settled")), amount(world.stage(own, "captured"))
            )
        for span, begin_date, end_date in (
            ("yesterday", today - DAY, today),
            ("last_7_days", today - 6 * DAY, today + DAY),
            ("last_30_days", today - 29 * DAY, today + DAY),
            ("month_to_date", today.replace(day=1), today + DAY),
        ):
            own = [one for one in rows if begin_date <= one["transaction_date"] < end_date]
            mature = [one for one in world.stage(own, "captured") if is_mature(one, today)]
            assert found[span].captured == amount(world.stage(own, "captured")), (cohort, span)
            settled = amount(world.stage(mature, "settled"))
            assert found[span].mature_rate == rates(settled, amount(mature))
            if world.stage(own, "paid_out"):
                kept = amount(one for one in world.stage(mature, "paid_out") if is_on_time(one))
                assert found[span].breaches == amount(mature) - kept
